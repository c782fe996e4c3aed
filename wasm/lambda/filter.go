package lambda

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/aws"
)

// A pattern is a filter of FilterCriteria: an event pattern of EventBridge over a record's data.
// Source: Lambda Developer Guide, with-kinesis-filtering and invocation-eventfiltering.
type pattern struct {
	text string
	data any  // what stands under "data": an object of rules, or a list that compares the data as they are
	any  bool // the pattern says nothing of the data
}

// The depth to which a pattern may be nested. Ours.
const maxPatternDepth = 20

// parsePattern reads a filter. What it does not understand it refuses.
func parsePattern(text string) (pattern, error) {
	bad := func(format string, args ...any) error {
		return aws.Errorf(InvalidParameterValue, "Invalid filter pattern definition. %s", fmt.Sprintf(format, args...)).
			WithHint(`A pattern is JSON like {"data": {"status": ["lost"], "speed": [{"numeric": [">", 20]}]}}. The lab knows values, prefix, suffix, anything-but, equals-ignore-case, numeric, exists and $or.`)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var top any
	if err := d.Decode(&top); err != nil {
		return pattern{}, bad("It is not JSON: %v.", err)
	}
	root, ok := top.(map[string]any)
	if !ok {
		return pattern{}, bad("It is not an object.")
	}
	for key := range root {
		if key != "data" {
			return pattern{}, bad("Of a Kinesis record the lab filters on data alone, and not on %q.", smallest(root, "data"))
		}
	}
	data, given := root["data"]
	if !given {
		return pattern{text: text, any: true}, nil
	}
	if err := checkRules(data, "data", 0); err != nil {
		return pattern{}, bad("%s", err.Error())
	}
	return pattern{text: text, data: data}, nil
}

// smallest is the first key, in order, that is another than but.
func smallest(m map[string]any, but string) string {
	var keys []string
	for k := range m {
		if k != but {
			keys = append(keys, k)
		}
	}
	return slices.Min(keys)
}

// checkRules says what is wrong in a pattern, in the order of its keys.
func checkRules(rules any, path string, depth int) error {
	if depth > maxPatternDepth {
		return fmt.Errorf("It is nested more than %d levels deep.", maxPatternDepth)
	}
	switch rules := rules.(type) {
	case map[string]any:
		if len(rules) == 0 {
			return fmt.Errorf("%s is empty.", path)
		}
		keys := make([]string, 0, len(rules))
		for k := range rules {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			if k == "$or" {
				list, ok := rules[k].([]any)
				if !ok || len(list) < 2 {
					return fmt.Errorf("$or in %s is not a list of at least two patterns.", path)
				}
				for _, x := range list {
					if _, ok := x.(map[string]any); !ok {
						return fmt.Errorf("$or in %s is not a list of at least two patterns.", path)
					}
					if err := checkRules(x, path, depth+1); err != nil {
						return err
					}
				}
				continue
			}
			if err := checkRules(rules[k], path+"."+k, depth+1); err != nil {
				return err
			}
		}
		return nil
	case []any:
		if len(rules) == 0 {
			return fmt.Errorf("%s is an empty list, which nothing matches.", path)
		}
		for _, r := range rules {
			if err := checkRule(r, path); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%s must be an object or a list.", path)
}

func checkRule(rule any, path string) error {
	switch rule := rule.(type) {
	case []any:
		return fmt.Errorf("%s holds a list in a list.", path)
	case map[string]any:
		if len(rule) != 1 {
			return fmt.Errorf("%s holds an object that is no single rule.", path)
		}
		for op, arg := range rule {
			switch op {
			case "prefix", "suffix", "equals-ignore-case":
				if _, ok := arg.(string); !ok {
					return fmt.Errorf("%s of %s must be a text.", op, path)
				}
			case "exists":
				if _, ok := arg.(bool); !ok {
					return fmt.Errorf("exists of %s must be true or false.", path)
				}
			case "anything-but":
				switch arg := arg.(type) {
				case string, json.Number:
				case []any:
					for _, x := range arg {
						switch x.(type) {
						case string, json.Number:
						default:
							return fmt.Errorf("anything-but of %s must hold texts or numbers.", path)
						}
					}
				case map[string]any:
					p, ok := arg["prefix"].(string)
					if !ok || len(arg) != 1 || p == "" {
						return fmt.Errorf("anything-but of %s knows only a prefix inside.", path)
					}
				default:
					return fmt.Errorf("anything-but of %s must hold texts or numbers.", path)
				}
			case "numeric":
				list, ok := arg.([]any)
				if !ok || len(list) != 2 && len(list) != 4 {
					return fmt.Errorf("numeric of %s must be like [\">\", 0, \"<=\", 5].", path)
				}
				for i := 0; i < len(list); i += 2 {
					sign, _ := list[i].(string)
					_, number := list[i+1].(json.Number)
					if !number || !slices.Contains([]string{"=", "<", "<=", ">", ">="}, sign) {
						return fmt.Errorf("numeric of %s must be like [\">\", 0, \"<=\", 5].", path)
					}
				}
			default:
				return fmt.Errorf("%s uses %q, which the lab does not know.", path, op)
			}
		}
	}
	return nil
}

// passes says whether a record is kept: one pattern must match. Data that are no JSON match a pattern of JSON never, and a
// pattern of texts as they are.
func (m *Mapping) passes(data []byte) bool {
	var parsed any
	read := false
	for i := range m.filters {
		f := &m.filters[i]
		if f.any {
			return true
		}
		if list, ok := f.data.([]any); ok {
			if matchList(list, string(data), true) {
				return true
			}
			continue
		}
		if !read {
			d := json.NewDecoder(bytes.NewReader(data))
			d.UseNumber()
			if d.Decode(&parsed) != nil || d.More() {
				parsed = nil
			}
			read = true
		}
		if object, ok := parsed.(map[string]any); ok && matchObject(f.data.(map[string]any), object) {
			return true
		}
	}
	return false
}

// matchObject says whether every rule holds.
func matchObject(rules, object map[string]any) bool {
	for key, rule := range rules {
		if key == "$or" {
			fits := false
			for _, alternative := range rule.([]any) {
				fits = fits || matchObject(alternative.(map[string]any), object)
			}
			if !fits {
				return false
			}
			continue
		}
		value, there := object[key]
		switch rule := rule.(type) {
		case map[string]any:
			inner, _ := value.(map[string]any)
			if !matchObject(rule, inner) {
				return false
			}
		case []any:
			if _, nested := value.(map[string]any); nested {
				there = false // exists looks at leaves alone
			}
			if list, ok := value.([]any); ok {
				fits := false
				for _, x := range list {
					fits = fits || matchList(rule, x, true)
				}
				if !fits {
					return false
				}
			} else if !matchList(rule, value, there) {
				return false
			}
		}
	}
	return true
}

// matchList says whether one of the rules holds of a value.
func matchList(rules []any, value any, there bool) bool {
	for _, r := range rules {
		op, is := r.(map[string]any)
		if !is {
			if there && same(r, value) {
				return true
			}
			continue
		}
		for name, arg := range op {
			if matchRule(name, arg, value, there) {
				return true
			}
		}
	}
	return false
}

func matchRule(name string, arg, value any, there bool) bool {
	text, isText := value.(string)
	switch name {
	case "exists":
		return arg.(bool) == there
	case "prefix":
		return there && isText && strings.HasPrefix(text, arg.(string))
	case "suffix":
		return there && isText && strings.HasSuffix(text, arg.(string))
	case "equals-ignore-case":
		return there && isText && strings.EqualFold(text, arg.(string))
	case "anything-but":
		if !there {
			return false
		}
		switch arg := arg.(type) {
		case []any:
			for _, x := range arg {
				if same(x, value) {
					return false
				}
			}
			return true
		case map[string]any:
			return !(isText && strings.HasPrefix(text, arg["prefix"].(string)))
		}
		return !same(arg, value)
	case "numeric":
		v, ok := number(value)
		if !ok {
			return false
		}
		list := arg.([]any)
		for i := 0; i < len(list); i += 2 {
			bound, _ := number(list[i+1])
			holds := false
			switch list[i].(string) {
			case "=":
				holds = v == bound
			case "<":
				holds = v < bound
			case "<=":
				holds = v <= bound
			case ">":
				holds = v > bound
			case ">=":
				holds = v >= bound
			}
			if !holds {
				return false
			}
		}
		return true
	}
	return false
}

// same compares two values of JSON that are no lists and no objects.
func same(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	switch a := a.(type) {
	case nil:
		return b == nil
	case string:
		b, ok := b.(string)
		return ok && a == b
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	}
	return false
}

func number(x any) (float64, bool) {
	n, ok := x.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(n), 64)
	return f, err == nil || math.IsInf(f, 0)
}
