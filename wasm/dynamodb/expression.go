package dynamodb

import (
	"strconv"
	"strings"

	"shardlab/wasm/aws"
)

// An expression reads what leases need of DynamoDB's expressions: equalities and attribute_exists and attribute_not_exists
// joined by AND, and SET and REMOVE with values and sums. What goes beyond is refused.
type expression struct {
	names  map[string]string
	values map[string]AttributeValue
}

func (e expression) refuse(kind, text, write string) *aws.Error {
	return invalid("Invalid %s: this lab does not read %q", kind, aws.Shorten(text, 100)).WithHint("It reads: %s", write)
}

const conditionForm = "a = :v, attribute_exists(b), attribute_not_exists(c), joined by AND; #n stands for a name of --expression-attribute-names."
const updateForm = "SET a = :v, b = b + :n REMOVE c, d."

func (e expression) odd(name string) *aws.Error {
	return invalid("Supplied AttributeValue has more than one datatypes set, or none, must contain exactly one of the supported datatypes").
		WithHint("Attribute %s: this lab has S, N, BOOL, NULL and SS.", aws.Shorten(name, 64))
}

// name is the attribute that a word names.
func (e expression) name(word string) (string, bool) {
	if strings.HasPrefix(word, "#") {
		n, ok := e.names[word]
		return n, ok
	}
	for i := range len(word) {
		if c := word[i]; !(c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || i > 0 && c >= '0' && c <= '9') {
			return "", false
		}
	}
	return word, word != ""
}

// conditions reads a ConditionExpression.
func (e expression) conditions(text *string) ([]Condition, error) {
	if text == nil {
		return nil, nil
	}
	var all []Condition
	for part := range strings.SplitSeq(strings.ReplaceAll(*text, " and ", " AND "), " AND ") {
		part = strings.TrimSpace(part)
		if left, right, ok := strings.Cut(part, "="); ok {
			n, named := e.name(strings.TrimSpace(left))
			v, valued := e.values[strings.TrimSpace(right)]
			if !named || !valued {
				return nil, e.refuse("ConditionExpression", part, conditionForm)
			}
			all = append(all, Is(n, v))
			continue
		}
		inner, missing := strings.CutPrefix(part, "attribute_not_exists(")
		there := false
		if !missing {
			inner, there = strings.CutPrefix(part, "attribute_exists(")
		}
		inner, closed := strings.CutSuffix(inner, ")")
		n, named := e.name(strings.TrimSpace(inner))
		if !missing && !there || !closed || !named {
			return nil, e.refuse("ConditionExpression", part, conditionForm)
		}
		all = append(all, Condition{Attribute: n, Missing: missing})
	}
	return all, nil
}

// update reads an UpdateExpression over the item there is.
func (e expression) update(text *string, old Item) (set Item, remove []string, err error) {
	set = Item{}
	if text == nil {
		return set, nil, nil
	}
	body, gone, removes := strings.Cut(" "+strings.TrimSpace(*text), " REMOVE ")
	if removes {
		for word := range strings.SplitSeq(gone, ",") {
			n, ok := e.name(strings.TrimSpace(word))
			if !ok {
				return nil, nil, e.refuse("UpdateExpression", word, updateForm)
			}
			remove = append(remove, n)
		}
	}
	if strings.TrimSpace(body) == "" && removes {
		return set, remove, nil
	}
	body, ok := strings.CutPrefix(body, " SET ")
	if !ok {
		return nil, nil, e.refuse("UpdateExpression", *text, updateForm)
	}
	for part := range strings.SplitSeq(body, ",") {
		left, right, _ := strings.Cut(part, "=")
		n, named := e.name(strings.TrimSpace(left))
		a, b, sum := strings.Cut(right, "+")
		v, valued := e.operand(a, old)
		if sum && valued {
			more, also := e.operand(b, old)
			if v, valued = plus(v, more); !also {
				valued = false
			}
		}
		if !named || !valued {
			return nil, nil, e.refuse("UpdateExpression", part, updateForm)
		}
		set[n] = v
	}
	return set, remove, nil
}

// operand is a value, or an attribute of the item there is.
func (e expression) operand(word string, old Item) (AttributeValue, bool) {
	word = strings.TrimSpace(word)
	if strings.HasPrefix(word, ":") {
		v, ok := e.values[word]
		return v, ok && v.kinds() == 1
	}
	n, ok := e.name(word)
	v, there := old[n]
	return v, ok && there
}

func plus(a, b AttributeValue) (AttributeValue, bool) {
	if a.N == nil || b.N == nil {
		return a, false
	}
	x, bad := strconv.ParseInt(*a.N, 10, 64)
	y, worse := strconv.ParseInt(*b.N, 10, 64)
	return Int(x + y), bad == nil && worse == nil
}
