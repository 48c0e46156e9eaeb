package store

import "context"

// Setting returns a setting, or "" if it is not set.
func (b *Bolt) Setting(ctx context.Context, name string) (string, error) {
	v, err := b.get(ctx, b.record(kindSettings, name))
	return string(v), err
}

// SetSetting saves a setting; an empty value deletes it.
func (b *Bolt) SetSetting(ctx context.Context, name, value string) error {
	return b.change(ctx, func(w *writer) error {
		if value == "" {
			return w.delete(b.record(kindSettings, name)...)
		}
		path := b.record(kindSettings, name)
		if find(w.tx, path) == nil {
			w.backups = 1 // a new value exists nowhere else
		}
		return w.put([]byte(value), path...)
	})
}

// AddSetting saves a setting unless it exists already.
func (b *Bolt) AddSetting(ctx context.Context, name, value string) error {
	return b.change(ctx, func(w *writer) error {
		path := b.record(kindSettings, name)
		if find(w.tx, path) != nil {
			return nil
		}
		w.backups = 1
		return w.put([]byte(value), path...)
	})
}
