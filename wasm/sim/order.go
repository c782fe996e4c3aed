package sim

// Sort puts s in order by compare, which is negative when a comes before b; equals stay as they were. Package slices does the
// same with some 9 kB of code for every type, and the engine sorts more than a dozen: this is a tenth of it.
func Sort[T any](s []T, compare func(a, b T) int) {
	if len(s) <= 12 {
		for i := 1; i < len(s); i++ {
			for j := i; j > 0 && compare(s[j], s[j-1]) < 0; j-- {
				s[j], s[j-1] = s[j-1], s[j]
			}
		}
		return
	}
	half := len(s) / 2
	Sort(s[:half], compare)
	Sort(s[half:], compare)
	if compare(s[half], s[half-1]) >= 0 {
		return
	}
	left := append([]T(nil), s[:half]...)
	i, j, k := 0, half, 0
	for i < len(left) {
		if j < len(s) && compare(s[j], left[i]) < 0 {
			s[k] = s[j]
			j++
		} else {
			s[k] = left[i]
			i++
		}
		k++
	}
}

// Insert puts v into s at i and returns the longer list. Like append it writes into the room behind s when there is some.
func Insert[T any](s []T, i int, v T) []T {
	s = append(s, v)
	copy(s[i+1:], s[i:])
	s[i] = v
	return s
}
