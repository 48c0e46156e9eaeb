package app

import "sync"

// question is looked up once in the background; all callers share the answer. ask
// must not panic.
type question[T any] struct {
	ask  func() T
	once sync.Once
	done chan struct{}
	said T
}

// begin starts the lookup unless it was started before.
func (q *question[T]) begin() {
	q.once.Do(func() {
		q.done = make(chan struct{})
		go func() {
			defer close(q.done)
			q.said = q.ask()
		}()
	})
}

// answer waits for the answer.
func (q *question[T]) answer() T {
	q.begin()
	<-q.done
	return q.said
}
