package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// queryCalls are the functions of JMESPath, each with what its arguments may be; "..." stands behind the last of any number.
// Source: jmespath.py 1.1, functions.py.
var queryCalls = map[string]string{
	"abs": "number", "avg": "array-number", "ceil": "number", "contains": "array string,", "ends_with": "string,string", "floor": "number",
	"join": "string,array-string", "keys": "object", "length": "string array object", "map": "expref,array", "max": "array-number array-string",
	"max_by": "array,expref", "merge": "object...", "min": "array-number array-string", "min_by": "array,expref", "not_null": "...",
	"reverse": "array string", "sort": "array-string array-number", "sort_by": "array,expref", "starts_with": "string,string",
	"sum": "array-number", "to_array": "", "to_number": "", "to_string": "", "type": "", "values": "object",
}

// jmesType is what JMESPath calls the type of a value.
func jmesType(v value) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	case object:
		return "object"
	}
	return "expref"
}

// wrongType is the error of an argument.
func (w *querying) wrongType(name string, v value, got string, types ...string) error {
	w.measure(v)
	return fmt.Errorf("In function %s(), invalid type for value: %s, expected one of: %s, received: %q", name, pyText(v), pyWords(types), got)
}

// checkCall holds the arguments of a function to what they may be.
func (w *querying) checkCall(name string, args []value) error {
	spec, ok := queryCalls[name]
	if !ok {
		return fmt.Errorf("Unknown function: %s()", name)
	}
	spec, many := strings.CutSuffix(spec, "...")
	want := strings.Split(spec, ",")
	if len(args) < len(want) || len(args) > len(want) && !many {
		least, s := "", "s"
		if many {
			least = "at least "
		}
		if len(want) == 1 {
			s = ""
		}
		return fmt.Errorf("Expected %s%d argument%s for function %s(), received %d", least, len(want), s, name, len(args))
	}
	for i, types := range want {
		if types == "" {
			continue
		}
		if err := w.checkType(name, args[i], strings.Fields(types)); err != nil {
			return err
		}
	}
	return nil
}

func (w *querying) checkType(name string, v value, types []string) error {
	var elements []string
	fits := false
	for _, t := range types {
		t, element, ok := strings.Cut(t, "-")
		if fits = fits || t == jmesType(v); ok {
			elements = append(elements, element)
		}
	}
	if !fits {
		return w.wrongType(name, v, jmesType(v), types...)
	}
	list, _ := v.([]any)
	for i, el := range list {
		if len(elements) > 1 && i == 0 && slices.Contains(elements, jmesType(el)) {
			elements = []string{jmesType(el)} // the first one says what the others are
		}
		if len(elements) > 0 && (len(elements) > 1 || elements[0] != jmesType(el)) {
			return w.wrongType(name, el, pyType(el), types...)
		}
	}
	return nil
}

// call is a function of values.
func (w *querying) call(name string, args []value) (value, error) {
	if err := w.checkCall(name, args); err != nil {
		return nil, err
	}
	first := args[0]
	list, _ := first.([]any)
	text, _ := first.(string)
	o, _ := first.(object)
	switch w.spend(len(list) + len(o) + len(text)/8); name {
	case "avg", "contains", "join", "max", "min", "sort", "sum", "to_string": // which look at all of what they are given
		for _, a := range args {
			w.measure(a)
		}
	}
	second := ""
	if len(args) > 1 {
		second, _ = args[1].(string)
	}
	switch name {
	case "abs", "ceil", "floor":
		return rounded(name, first.(json.Number))
	case "sum", "avg":
		return summed(name, list), nil
	case "contains":
		if list != nil {
			return slices.ContainsFunc(list, func(el value) bool { return same(el, args[1]) }), nil
		}
		if jmesType(args[1]) != "string" {
			return nil, fmt.Errorf("'in <string>' requires string as left operand, not %s", pyType(args[1]))
		}
		return strings.Contains(text, second), nil
	case "ends_with":
		return strings.HasSuffix(text, second), nil
	case "starts_with":
		return strings.HasPrefix(text, second), nil
	case "join":
		words := make([]string, 0, 8)
		for _, el := range args[1].([]any) {
			w.spend(len(text) / 8)
			words = append(words, el.(string))
		}
		return strings.Join(words, text), nil
	case "keys", "values":
		all := make([]any, len(o))
		for i, m := range o {
			if all[i] = m.val; name == "keys" {
				all[i] = m.key
			}
		}
		return all, nil
	case "length":
		return json.Number(strconv.Itoa(len(list) + len(o) + utf8.RuneCountInString(text))), nil
	case "map":
		all := []any{}
		for _, el := range args[1].([]any) {
			v, err := w.eval(first.(expref).node, el)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		return all, nil
	case "max", "min":
		return furthest(name, list, list)
	case "max_by", "min_by", "sort_by":
		return w.byKey(name, list, args[1].(expref).node)
	case "sort":
		return sortedBy(list, list), nil
	case "merge":
		merged := object{}
		for _, a := range args {
			more, ok := a.(object)
			if !ok {
				return nil, fmt.Errorf("'%s' object is not iterable", pyType(a))
			}
			for _, m := range more {
				w.spend(len(merged))
				merged = merged.with(m.key, m.val)
			}
		}
		return merged, nil
	case "not_null":
		for _, a := range args {
			if a != nil {
				return a, nil
			}
		}
		return nil, nil
	case "reverse":
		if list == nil {
			chars := []rune(text)
			slices.Reverse(chars)
			return string(chars), nil
		}
		list = slices.Clone(list)
		slices.Reverse(list)
		return list, nil
	case "to_array":
		if list == nil {
			list = []any{first}
		}
		return list, nil
	case "to_number":
		return toNumber(first), nil
	case "to_string":
		if jmesType(first) != "string" {
			return ascii(string(encodeJSON(first))), nil
		}
		return text, nil
	}
	return jmesType(first), nil // type
}

func rounded(name string, n json.Number) (value, error) {
	f := float(n)
	switch {
	case name == "abs" && whole(n):
		return json.Number(strings.TrimPrefix(n.String(), "-")), nil
	case name == "abs":
		return pyFloat(math.Abs(f)), nil
	case whole(n):
		return n, nil
	case math.IsInf(f, 0):
		return nil, errors.New("cannot convert float infinity to integer")
	case name == "ceil":
		f = math.Ceil(f)
	default:
		f = math.Floor(f)
	}
	i, _ := big.NewFloat(f).Int(nil)
	return json.Number(i.String()), nil
}

// summed is the sum of numbers, whole when they are, or their average, which never is.
func summed(name string, list []any) value {
	if len(list) == 0 && name == "avg" {
		return nil
	}
	sum, exact, all := 0.0, new(big.Int), true
	for _, el := range list {
		n := el.(json.Number)
		i, ok := bigWhole(n)
		if all = all && ok; all {
			exact.Add(exact, i)
		}
		sum += float(n)
	}
	switch {
	case name == "avg" && all:
		sum, _ = new(big.Rat).SetFrac(exact, big.NewInt(int64(len(list)))).Float64()
		return pyFloat(sum)
	case name == "avg":
		return pyFloat(sum / float64(len(list)))
	case all:
		return json.Number(exact.String())
	}
	return pyFloat(sum)
}

// furthest is the element of which the key is the greatest, or the least; the first of equal ones.
func furthest(name string, list, keys []any) (value, error) {
	op, sign := "<", -1
	if strings.HasPrefix(name, "max") {
		op, sign = ">", 1
	}
	best := 0
	for i := range list {
		order, err := ordered(op, keys[i], keys[best])
		if err != nil {
			return nil, err
		}
		if order == sign {
			best = i
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list[best], nil
}

func sortedBy(list, keys []any) []any {
	places := make([]int, len(list))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(i, j int) int {
		order, _ := ordered("<", keys[i], keys[j]) // keys of one kind
		return order
	})
	sorted := make([]any, len(list))
	for to, from := range places {
		sorted[to] = list[from]
	}
	return sorted
}

// byKey finds or sorts elements by what an expression makes of each.
func (w *querying) byKey(name string, list []any, by *node) (value, error) {
	types := []string{"number", "string"}
	keys := make([]any, len(list))
	for i, el := range list {
		k, err := w.eval(by, el)
		if err != nil {
			return nil, err
		}
		w.measure(k)
		if name == "sort_by" && i == 0 {
			if !slices.Contains(types, jmesType(k)) {
				return nil, w.wrongType(name, el, jmesType(k), "string", "number")
			}
			types = []string{jmesType(k)}
		}
		if !slices.Contains(types, jmesType(k)) {
			return nil, w.wrongType(name, k, jmesType(k), types...)
		}
		keys[i] = k
	}
	if name == "sort_by" {
		return sortedBy(list, keys), nil
	}
	return furthest(name, list, keys)
}

// pyNumber is a number as Python reads one from a text: with a sign, and lines between its digits.
var pyNumber = regexp.MustCompile(`^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)([eE][+-]?\d+(_\d+)*)?$`)

func toNumber(v value) value {
	switch v := v.(type) {
	case json.Number:
		return v
	case string:
		word := strings.TrimSpace(v)
		if !pyNumber.MatchString(word) {
			return nil
		}
		word = strings.ReplaceAll(word, "_", "")
		if n, ok := new(big.Int).SetString(word, 10); ok {
			return json.Number(n.String())
		}
		if f, err := strconv.ParseFloat(word, 64); err == nil {
			return pyFloat(f)
		}
	}
	return nil
}

// ascii writes what is beyond ASCII as escapes, as json.dumps does.
func ascii(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
