package store

import "context"

// Setting returns what is remembered under name, empty when there is nothing.
func (b *Bolt) Setting(ctx context.Context, name string) (string, error) {
	v, err := b.get(ctx, b.record(kindSettings, name))
	return string(v), err
}

// SetSetting remembers a value; the empty one is forgotten.
func (b *Bolt) SetSetting(ctx context.Context, name, value string) error {
	return b.change(ctx, func(w *writer) error {
		if value == "" {
			return w.delete(b.record(kindSettings, name)...)
		}
		path := b.record(kindSettings, name)
		if find(w.tx, path) == nil {
			w.backups = 1 // what is new cannot be had again
		}
		return w.put([]byte(value), path...)
	})
}

// AddSetting remembers a value where there is none yet; one that is there stays.
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
