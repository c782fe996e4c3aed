package sim

// listChunk is how many items share one allocation of a List.
const listChunk = 512

// firstRoom is how many items a list has room for when it begins; chunks grow from there, so that many short lists cost
// little.
const firstRoom = 8

// A List is a growing sequence that is trimmed at its front and copied cheaply: chunks are shared by every copy, and
// what is in them never changes. Items keep their index for ever.
// Invariant: First() <= Next(); items in [First, Next) can be read.
type List[T any] struct {
	chunks [][]T
	base   int64 // index of chunks[0][0]; a multiple of listChunk
	first  int64 // index of the oldest item that is kept
	next   int64 // index that the next item will get
}

// First is the index of the oldest item kept, Next the index that the next one will get.
func (l *List[T]) First() int64 { return l.first }

// Next is the index that the next item will get.
func (l *List[T]) Next() int64 { return l.next }

// Len is how many items are kept.
func (l *List[T]) Len() int { return int(l.next - l.first) }

// Append adds an item at the end and returns its index.
func (l *List[T]) Append(item T) int64 {
	n := len(l.chunks)
	switch {
	case n == 0:
		l.chunks = append(l.chunks, make([]T, 0, firstRoom))
		n++
	case len(l.chunks[n-1]) == listChunk:
		l.chunks = append(l.chunks, make([]T, 0, listChunk))
		n++
	}
	open := l.chunks[n-1]
	if len(open) == cap(open) {
		open = append(make([]T, 0, min(max(2*len(open), firstRoom), listChunk)), open...)
	}
	l.chunks[n-1] = append(open, item)
	l.next++
	return l.next - 1
}

// At returns the item with index i, which must lie in [First, Next). It must not be changed: copies share it.
func (l *List[T]) At(i int64) *T {
	if i < l.first || i >= l.next {
		panic("sim: list index out of range")
	}
	off := i - l.base
	return &l.chunks[off/listChunk][off%listChunk]
}

// TrimTo lets go of every item with an index below i.
func (l *List[T]) TrimTo(i int64) {
	if i <= l.first {
		return
	}
	if i > l.next {
		i = l.next
	}
	l.first = i
	drop := int((l.first - l.base) / listChunk)
	if drop > len(l.chunks) {
		drop = len(l.chunks)
	}
	if drop == len(l.chunks) && drop > 0 && len(l.chunks[drop-1]) < listChunk {
		drop-- // the open chunk goes on being filled
	}
	if drop > 0 {
		l.chunks = append([][]T(nil), l.chunks[drop:]...)
		l.base += int64(drop) * listChunk
	}
}

// Search returns the smallest index in [First, Next] from which on f is true; f must be false, then true.
func (l *List[T]) Search(f func(*T) bool) int64 {
	lo, hi := l.first, l.next
	for lo < hi {
		mid := lo + (hi-lo)/2
		if f(l.At(mid)) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// Clone returns a list with the same items that grows and is trimmed on its own. The open chunk is shared up to its
// length: whoever was copied goes on writing behind it, the copy moves to a chunk of its own at its first Append.
func (l *List[T]) Clone() List[T] {
	c := *l
	c.chunks = append([][]T(nil), l.chunks...)
	if n := len(c.chunks); n > 0 {
		c.chunks[n-1] = c.chunks[n-1][:len(c.chunks[n-1]):len(c.chunks[n-1])]
	}
	return c
}
