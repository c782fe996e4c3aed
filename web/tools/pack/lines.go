package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// errTables is what is wrong with a program whose tables are not laid out as it is known here: touching them would break it.
var errTables = errors.New("the tables of functions and lines are not as Go 1.26 writes them")

// What runtime/symtab.go, runtime/runtime2.go and internal/abi/symtab.go say of the tables.
const (
	pcHeader    = "\xf1\xff\xff\xff\x00\x00\x01\x08" // magic, padding, bytes of an instruction, bytes of a pointer
	headerSize  = 72
	moduleWords = 42 // of moduledata, as far as it is looked at
	recordSize  = 44 // _func without its offsets
	inlineSize  = 16 // inlinedCall
	bucketSize  = 20 // findfuncbucket
	bucketPCs   = 4096
	subPCs      = 256
	none        = 1<<32 - 1 // an offset to nothing in funcdata and cutab

	maxPCData, maxFuncData  = 5, 8
	pcUnsafe, pcInline      = 0, 2
	funcInline              = 3
	atEntry, atName         = 0, 4
	atSP, atFile, atLine    = 16, 20, 24
	atPCData, atUnit        = 28, 32
	atStartLine, atFuncData = 36, 43
)

// findStep is of how many functions only the first is named where a function is looked up by an instruction: the runtime goes on
// from there, 8 steps on average, and the numbers compress to a tenth.
const findStep = 16

// lineTables are the parts of a Go program's memory that tell which function, file and line an instruction belongs to.
type lineTables struct {
	names, units, files, pcs, funcs []byte // funcnametab, cutab, filetab, pctab, pclntable
	data, find                      []byte // go:func.*, findfunctab
	count                           int    // how many functions
	records                         []int  // where each one's _func begins in funcs
	sizes                           map[uint32]int
}

// dropLines takes the names of files and the numbers of lines out of a Go program's memory, and writes what is left of the
// tables around them so that it compresses. A stack trace still names every function, and where in it the call is (+0x1c);
// "?:0" stands for the line. Where a function may be interrupted goes as well, as nothing can interrupt one here. All that the runtime itself needs stays: sizes of frames, maps of pointers, trees of inlined
// calls. What does not look as it is known is refused.
func dropLines(memory []byte) error {
	t, err := findTables(memory)
	if err != nil {
		return err
	}
	if err := t.check(); err != nil {
		return err
	}
	clear(t.units)
	clear(t.files)
	for _, at := range t.records {
		for _, field := range []int{atFile, atLine, atUnit, atStartLine} {
			put(t.funcs[at+field:], 0)
		}
		for _, call := range t.inlined(at) {
			put(call[inlineSize-4:], 0) // its line
		}
		if get(t.funcs[at+atPCData:]) > pcUnsafe {
			put(t.funcs[at+recordSize+4*pcUnsafe:], 0)
		}
	}
	t.packPCs()
	for bucket := range slices.Chunk(t.find, bucketSize) {
		put(bucket, get(bucket)/findStep*findStep)
	}
	return nil
}

func get(b []byte) uint32    { return binary.LittleEndian.Uint32(b) }
func put(b []byte, v uint32) { binary.LittleEndian.PutUint32(b, v) }

// findTables finds the one moduledata with its pcHeader.
func findTables(memory []byte) (t *lineTables, err error) {
	word := func(at int) int { return int(int64(binary.LittleEndian.Uint64(memory[at:]))) }
	for head := 0; ; head += 8 {
		next := bytes.Index(memory[head:], []byte(pcHeader))
		if next < 0 {
			break
		}
		if head += next; head%8 != 0 || head+headerSize > len(memory) {
			head &^= 7
			continue
		}
		pointer := binary.LittleEndian.AppendUint64(nil, uint64(head))
		for at := 0; ; at += 8 {
			next := bytes.Index(memory[at:], pointer)
			if next < 0 {
				break
			}
			if at += next; at%8 != 0 || at+8*moduleWords > len(memory) {
				at &^= 7
				continue
			}
			module := make([]int, moduleWords)
			for i := range module {
				module[i] = word(at + 8*i)
			}
			if module[1]-head != word(head+32) {
				continue // something else with the same number
			}
			if t != nil {
				return nil, fmt.Errorf("%w: there are two", errTables)
			}
			header := make([]int, headerSize/8)
			for i := range header {
				header[i] = word(head + 8*i)
			}
			if t, err = newTables(memory, head, header, module); err != nil {
				return nil, err
			}
		}
	}
	if t == nil {
		return nil, fmt.Errorf("%w: there are none", errTables)
	}
	return t, nil
}

// newTables cuts the tables out of the memory where the words of pcHeader and moduledata agree on them.
func newTables(memory []byte, head int, header, module []int) (*lineTables, error) {
	t := &lineTables{count: header[1]}
	end := head + headerSize
	for i, p := range []struct {
		part *[]byte
		unit int
	}{{&t.names, 1}, {&t.units, 4}, {&t.files, 1}, {&t.pcs, 1}, {&t.funcs, 1}} {
		from, n := module[1+3*i], module[2+3*i]
		if from != head+header[4+i] || n <= 0 || n != module[3+3*i] || from < end || from-end >= 8 || from > len(memory) || n > (len(memory)-from)/p.unit {
			return nil, fmt.Errorf("%w: moduledata and pcHeader do not agree on table %d", errTables, i)
		}
		end = from + n*p.unit
		*p.part = memory[from:end]
	}
	find, minPC, maxPC, text := module[19], module[20], module[21], module[22]
	from, to := module[40], module[41]
	switch {
	case t.count <= 0 || t.count > len(t.funcs)/8 || module[16] != module[13] || module[17] != t.count+1 || module[18] != t.count+1:
		return nil, fmt.Errorf("%w: ftab has %d entries for %d functions", errTables, module[17], t.count)
	case text != 0 || minPC <= 0 || minPC>>16<<16 != minPC || maxPC <= minPC || maxPC >= 1<<48:
		return nil, fmt.Errorf("%w: instructions from %#x to %#x", errTables, minPC, maxPC)
	}
	// The last bucket ends where the instructions do.
	findSize := 4*((maxPC-minPC+bucketPCs-1)/bucketPCs) + (maxPC-minPC+subPCs-1)/subPCs
	if from < end || find < from || to > len(memory) || findSize > to-find {
		return nil, fmt.Errorf("%w: funcdata and findfunctab lie outside", errTables)
	}
	if minPC>>16 != int(get(t.funcs)) {
		return nil, fmt.Errorf("%w: the first function does not begin at the first instruction", errTables)
	}
	t.data, t.find = memory[from:find], memory[find:][:findSize]
	return t, nil
}

// check reads every table to its end and holds it to what is known of it.
func (t *lineTables) check() error {
	// These two alone read where a function may be interrupted.
	for _, name := range []string{"runtime.isAsyncSafePoint", "runtime.debugCallCheck"} {
		if bytes.Contains(t.names, []byte("\x00"+name+"\x00")) {
			return fmt.Errorf("%w: %s is linked, so that functions can be interrupted", errTables, name)
		}
	}
	t.sizes = map[uint32]int{}
	next := 8*t.count + 4
	for i := range t.count {
		next = (next + 7) &^ 7
		entry, at := get(t.funcs[8*i:]), int(get(t.funcs[8*i+4:]))
		if at != next || at+recordSize > len(t.funcs) {
			return fmt.Errorf("%w: function %d is not behind the one before", errTables, i)
		}
		f := t.funcs[at:]
		if get(f[atEntry:]) != entry || i > 0 && entry <= get(t.funcs[8*i-8:]) || int(get(f[atName:])) >= len(t.names) {
			return fmt.Errorf("%w: function %d does not begin where it should", errTables, i)
		}
		pcData, funcData := int(get(f[atPCData:])), int(f[atFuncData])
		if next = at + recordSize + 4*pcData + 4*funcData; pcData > maxPCData || funcData > maxFuncData || next > len(t.funcs) {
			return fmt.Errorf("%w: %s has %d pcdata and %d funcdata", errTables, t.name(f), pcData, funcData)
		}
		t.records = append(t.records, at)
		if err := t.checkFunc(at); err != nil {
			return fmt.Errorf("%w, of %s", err, t.name(f))
		}
	}
	if (next+7)&^7 != len(t.funcs) || get(t.funcs[8*t.count:]) <= get(t.funcs[8*t.count-8:]) {
		return fmt.Errorf("%w: something stands behind the last function", errTables)
	}
	return errors.Join(t.checkAll(), t.checkFind())
}

// checkFunc reads the tables of one function.
func (t *lineTables) checkFunc(at int) error {
	f := t.funcs[at:]
	unit := int(get(f[atUnit:]))
	for _, field := range t.offsets(at, true) {
		off := get(t.funcs[field:])
		if off == 0 {
			continue
		}
		size, err := t.values(off, func(v int32) bool {
			switch field - at {
			case atSP:
				return v >= 0 && v%8 == 0
			case atFile:
				n := unit + int(v)
				return v >= 0 && n < len(t.units)/4 && (get(t.units[4*n:]) == none || t.isFile(get(t.units[4*n:])))
			case atLine:
				return v >= 0
			}
			return v >= -5 // internal/abi has no smaller one
		})
		if err != nil {
			return fmt.Errorf("%w, at offset %d of a record", err, field-at)
		}
		t.sizes[off] = size
	}
	for _, call := range t.inlined(at) {
		if call == nil || call[1]|call[2]|call[3] != 0 || int(get(call[4:])) >= len(t.names) {
			return fmt.Errorf("%w: an inlined call has no name", errTables)
		}
	}
	return nil
}

// checkAll makes sure that pctab is one zero and the tables that functions refer to, and nothing else.
func (t *lineTables) checkAll() error {
	offs := make([]uint32, 0, len(t.sizes))
	for off := range t.sizes {
		offs = append(offs, off)
	}
	slices.Sort(offs)
	next := 1
	for _, off := range offs {
		if int(off) != next {
			return fmt.Errorf("%w: nobody refers to pctab at %d", errTables, next)
		}
		next += t.sizes[off]
	}
	if next > len(t.pcs) || (next+7)&^7 < len(t.pcs) || t.pcs[0] != 0 || bytes.Count(t.pcs[next:], []byte{0}) != len(t.pcs)-next {
		return fmt.Errorf("%w: nobody refers to pctab at %d", errTables, next)
	}
	return nil
}

// checkFind makes sure that each bucket names the function that its instructions belong to.
func (t *lineTables) checkFind() error {
	i, pcs := 0, 0
	for bucket := range slices.Chunk(t.find, bucketSize) {
		pc := get(t.funcs) + uint32(pcs>>16)
		pcs += bucketPCs
		for i+1 < t.count && get(t.funcs[8*i+8:]) <= pc {
			i++
		}
		if get(bucket) != uint32(i) || bytes.Count(bucket[4:], []byte{0}) != len(bucket)-4 {
			return fmt.Errorf("%w: findfunctab has function %d where %d is", errTables, get(bucket), i)
		}
	}
	return nil
}

func (t *lineTables) name(f []byte) string {
	name, _, _ := bytes.Cut(t.names[get(f[atName:]):], []byte{0})
	return string(name)
}

// isFile says whether a name of a file begins here.
func (t *lineTables) isFile(off uint32) bool {
	return int(off) < len(t.files) && (off == 0 || t.files[off-1] == 0)
}

// offsets gives where in funcs the offsets of a function's tables stand: of its frame sizes, of files and lines when asked
// for, and of its pcdata.
func (t *lineTables) offsets(at int, lines bool) []int {
	fields := []int{at + atSP}
	if lines {
		fields = append(fields, at+atFile, at+atLine)
	}
	for i := range int(get(t.funcs[at+atPCData:])) {
		fields = append(fields, at+recordSize+4*i)
	}
	return fields
}

// inlined gives the inlined calls of a function, a nil for one that lies outside.
func (t *lineTables) inlined(at int) (calls [][]byte) {
	f := t.funcs[at:]
	n := int(get(f[atPCData:]))
	if n <= pcInline || int(f[atFuncData]) <= funcInline {
		return nil
	}
	tree, off := int(get(f[recordSize+4*n+4*funcInline:])), get(f[recordSize+4*pcInline:])
	if tree == none || off == 0 {
		return nil
	}
	last := int32(-1)
	t.values(off, func(v int32) bool { last = max(last, v); return true })
	for i := range int(last) + 1 {
		from := tree + inlineSize*i
		if from+inlineSize > len(t.data) {
			return append(calls, nil)
		}
		calls = append(calls, t.data[from:from+inlineSize])
	}
	return calls
}

// values reads the table at an offset of pctab: pairs of how much the value changes and for how many instructions it
// holds, up to a zero. It tells how many bytes the table has.
func (t *lineTables) values(off uint32, ok func(v int32) bool) (size int, err error) {
	if uint64(off) >= uint64(len(t.pcs)) {
		return 0, fmt.Errorf("%w: a table lies outside", errTables)
	}
	b := t.pcs[off:]
	value := int32(-1)
	for {
		change, n := binary.Uvarint(b[size:])
		if n <= 0 || change > none {
			return 0, fmt.Errorf("%w: a table is cut short", errTables)
		}
		if change == 0 && size > 0 {
			return size + n, nil
		}
		size += n
		pcs, n := binary.Uvarint(b[size:])
		if n <= 0 || pcs == 0 || pcs > 1<<16 {
			return 0, fmt.Errorf("%w: a table is cut short", errTables)
		}
		size += n
		if value += int32(-(change & 1) ^ change>>1); !ok(value) {
			return 0, fmt.Errorf("%w: a table has the value %d", errTables, value)
		}
	}
}

// packPCs writes pctab anew with the tables that are still referred to, those of a kind together.
func (t *lineTables) packPCs() {
	old := bytes.Clone(t.pcs)
	clear(t.pcs)
	next := 1
	moved := map[uint32]uint32{0: 0}
	for kind := range 1 + maxPCData {
		for _, at := range t.records {
			fields := t.offsets(at, false)
			if kind >= len(fields) {
				continue
			}
			field := t.funcs[fields[kind]:]
			off := get(field)
			to, ok := moved[off]
			if !ok {
				to = uint32(next)
				moved[off] = to
				next += copy(t.pcs[next:], old[off:][:t.sizes[off]])
			}
			put(field, to)
		}
	}
}
