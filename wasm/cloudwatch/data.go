package cloudwatch

import (
	"math"
	"slices"
	"strconv"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// GetMetricDataInput asks for points of several metrics and expressions.
type GetMetricDataInput struct {
	MetricDataQueries []MetricDataQuery `aws:"required,items=1..500"`
	StartTime         *aws.Timestamp    `aws:"required"`
	EndTime           *aws.Timestamp    `aws:"required"`
	ScanBy            *string           `aws:"enum=ScanBy"`
	MaxDatapoints     *int64            `aws:"val=1..100800"`
	NextToken         *string
}

// A MetricDataQuery is a statistic of a metric, or an expression over other queries.
type MetricDataQuery struct {
	Id         *string     `aws:"required,len=1..255"`
	MetricStat *MetricStat `json:",omitempty"`
	Expression *string     `json:",omitempty" aws:"len=1..2048"`
	Label      *string     `json:",omitempty"`
	ReturnData *bool       `json:",omitempty"`
	Period     *int64      `json:",omitempty" aws:"val=1.."`
}

// A MetricStat is a metric with a statistic over periods.
type MetricStat struct {
	Metric *Metric `aws:"required"`
	Period *int64  `aws:"required,val=1.."`
	Stat   *string `aws:"required"`
	Unit   *string `json:",omitempty" aws:"enum=StandardUnit"`
}

// A MetricDataResult is the points of one query that returns data.
type MetricDataResult struct {
	Id         string
	Label      string
	Timestamps []aws.Timestamp
	Values     []aws.Double
	StatusCode string
}

// GetMetricDataOutput has a result for each query that returns data, in their order.
type GetMetricDataOutput struct {
	MetricDataResults []MetricDataResult
	NextToken         *string `json:",omitempty"`
}

// GetMetricData gives the points of metrics and of expressions over them, the newest first unless ScanBy says otherwise.
func (s *Service) GetMetricData(in *GetMetricDataInput) (*GetMetricDataOutput, error) {
	if *in.StartTime == *in.EndTime { // Source of the words: answers of the service in public issues
		return nil, aws.Errorf(ValidationError, "The parameter StartTime must not equal parameter EndTime.").WithHint("StartTime is the earlier one.")
	}
	if err := checkSpan(*in.StartTime, *in.EndTime); err != nil {
		return nil, err
	}
	skip, err := page(in.NextToken)
	if err != nil {
		return nil, err
	}
	all, err := s.answer(in.MetricDataQueries, instant(*in.StartTime), instant(*in.EndTime))
	if err != nil {
		return nil, err
	}
	out := &GetMetricDataOutput{MetricDataResults: []MetricDataResult{}}
	most := maxDatapoints
	if in.MaxDatapoints != nil {
		most = int(*in.MaxDatapoints)
	}
	each := max(1, most/max(1, len(all)))
	for _, x := range all {
		r := MetricDataResult{Id: *x.Id, Label: x.label(), Timestamps: []aws.Timestamp{}, Values: []aws.Double{}, StatusCode: "Complete"}
		for i, v := range x.points {
			if !math.IsNaN(v) {
				r.Timestamps = append(r.Timestamps, aws.Timestamp(int64(x.from.Add(time.Duration(i)*x.period))/1000))
				r.Values = append(r.Values, aws.Double(v))
			}
		}
		if in.ScanBy == nil || *in.ScanBy != "TimestampAscending" {
			slices.Reverse(r.Timestamps)
			slices.Reverse(r.Values)
		}
		if n := len(r.Values); n > skip+each {
			r.StatusCode = "PartialData"
			out.NextToken = token(skip + each)
		}
		low, high := min(skip, len(r.Values)), min(skip+each, len(r.Values))
		r.Timestamps, r.Values = r.Timestamps[low:high], r.Values[low:high]
		out.MetricDataResults = append(out.MetricDataResults, r)
	}
	return out, nil
}

// A result is a query with its points: one for each period from an instant on, NaN where there is no data. A scalar has
// one number and no period.
type result struct {
	*MetricDataQuery
	from   sim.Instant
	period time.Duration
	points []float64
	scalar bool
}

func (r *result) label() string {
	switch {
	case r.Label != nil:
		return *r.Label
	case r.MetricStat != nil && r.MetricStat.Metric.MetricName != nil:
		return *r.MetricStat.Metric.MetricName
	}
	return *r.Id
}

// badQueries is the answer to a list of queries that makes no sense. The words behind the colon are ours.
func badQueries(format string, args ...any) *aws.Error {
	return aws.Errorf(ValidationError, "The metrics list provided in the request is not valid: "+format, args...)
}

// answer finds the points of all queries, and returns those of the ones that return data.
func (s *Service) answer(queries []MetricDataQuery, from, to sim.Instant) ([]*result, error) {
	if err := check(queries); err != nil {
		return nil, err
	}
	e := evaluation{service: s, queries: queries, from: from, to: to, done: map[string]*result{}}
	var all []*result
	for i := range queries {
		q := &queries[i]
		r, err := e.query(q, 0)
		if err != nil {
			return nil, err
		}
		switch {
		case q.ReturnData != nil && !*q.ReturnData:
		case r.scalar:
			return nil, badQueries("expression %s gives a single number.", *q.Id).WithHint("A result is a time series: combine it with one, or set ReturnData to false.")
		default:
			all = append(all, r)
		}
	}
	return all, nil
}

// check says what is wrong with queries without their data.
func check(queries []MetricDataQuery) error {
	seen := map[string]bool{}
	for i := range queries {
		q := &queries[i]
		switch id := *q.Id; {
		case id[0] < 'a' || id[0] > 'z' || !isID(id):
			return badQueries("Id %s.", id).WithHint("An Id begins with a small letter and goes on with letters, digits and underscores.")
		case seen[id]:
			return badQueries("Id %s is there twice.", id).WithHint("Each query has an Id of its own.")
		case (q.MetricStat == nil) == (q.Expression == nil):
			return badQueries("query %s must have either MetricStat or Expression.", id).WithHint("A query is one of the two.")
		}
		seen[*q.Id] = true
		if m := q.MetricStat; m != nil {
			if err := checkPeriod("MetricStat.Period", *m.Period); err != nil {
				return err
			}
			if !IsStat(*m.Stat) {
				return noStatistic(*m.Stat, "MetricStat.Stat")
			}
			if m.Metric.Namespace == nil || m.Metric.MetricName == nil {
				return aws.Errorf(MissingParameter, "The parameter MetricStat.Metric must have Namespace and MetricName.").WithHint("The Namespace is %s.", Namespace)
			}
		}
	}
	return nil
}

func isID(s string) bool {
	for i := range len(s) {
		if !letter(s[i]) && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != ""
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

// evaluation is how far the queries of one call are answered.
type evaluation struct {
	service  *Service
	queries  []MetricDataQuery
	from, to sim.Instant
	done     map[string]*result
}

// query answers one query; depth is how many expressions lead to it.
func (e *evaluation) query(q *MetricDataQuery, depth int) (*result, error) {
	if r, ok := e.done[*q.Id]; ok {
		return r, nil
	}
	if depth > len(e.queries) {
		return nil, badQueries("expression %s leads back to itself.", *q.Id).WithHint("An expression is made of other queries.")
	}
	r := &result{}
	if q.Expression != nil {
		x := expression{evaluation: e, query: q, text: *q.Expression, depth: depth}
		found, err := x.whole()
		if err != nil {
			return nil, err
		}
		*r = *found
		for i, v := range r.points {
			if math.IsInf(v, 0) { // no answer can hold it
				r.points[i] = math.NaN()
			}
		}
	} else {
		m := q.MetricStat
		*r = result{from: e.from, period: time.Duration(*m.Period) * time.Second}
		sr, since := e.service.find(*m.Metric.Namespace, *m.Metric.MetricName, m.Metric.Dimensions)
		if m.Unit != nil && *m.Unit != Unit(*m.Metric.MetricName) {
			sr = nil
		}
		for i, b := range e.service.gather(sr, since, e.from, e.to, r.period, *m.Stat) {
			if i == 0 {
				r.from = sim.Instant(b.at)
			}
			v := math.NaN()
			if b.count > 0 {
				v = b.stat(*m.Stat)
			}
			r.points = append(r.points, v)
		}
	}
	r.MetricDataQuery = q
	e.done[*q.Id] = r
	return r, nil
}

// An expression is metric math as far as the lab has it: numbers, Ids, + - * /, brackets, and SUM, AVG, MIN, MAX, PERIOD,
// RATE and FILL.
// Source: CloudWatch user guide, "Using math expressions with CloudWatch metrics".
type expression struct {
	*evaluation
	query *MetricDataQuery
	text  string
	pos   int
	depth int
}

// wrong refuses an expression. AWS begins so; the words behind it are ours.
func (x *expression) wrong(format string, args ...any) error {
	return aws.Errorf(ValidationError, "Error in expression '"+*x.query.Id+"': "+format, args...).
		WithHint("The lab computes with + - * / and brackets, and with SUM, AVG, MIN, MAX, PERIOD, RATE and FILL of one Id.")
}

func (x *expression) whole() (*result, error) {
	r, err := x.sum()
	if err == nil && x.peek() != 0 {
		err = x.wrong("%q is not expected at place %d.", x.text[x.pos:], x.pos+1)
	}
	return r, err
}

// peek is the next character that is no space, 0 at the end.
func (x *expression) peek() byte {
	for x.pos < len(x.text) && (x.text[x.pos] == ' ' || x.text[x.pos] == '\t' || x.text[x.pos] == '\n') {
		x.pos++
	}
	if x.pos == len(x.text) {
		return 0
	}
	return x.text[x.pos]
}

func (x *expression) take(c byte) bool {
	if x.peek() != c {
		return false
	}
	x.pos++
	return true
}

func (x *expression) sum() (*result, error) { return x.chain("+-", (*expression).product) }

func (x *expression) product() (*result, error) { return x.chain("*/", (*expression).factor) }

// chain reads operands between operators of one rank, from the left.
func (x *expression) chain(operators string, operand func(*expression) (*result, error)) (*result, error) {
	left, err := operand(x)
	for err == nil {
		op := x.peek()
		if op == 0 || op != operators[0] && op != operators[1] {
			return left, nil
		}
		x.pos++
		var right *result
		if right, err = operand(x); err == nil {
			left, err = x.combine(op, left, right)
		}
	}
	return nil, err
}

// combine computes point by point; where one side has no data there is none. A division by zero gives none either.
func (x *expression) combine(op byte, a, b *result) (*result, error) {
	out := &result{scalar: a.scalar && b.scalar, from: a.from, period: a.period}
	n := len(a.points)
	if a.scalar {
		out.from, out.period, n = b.from, b.period, len(b.points)
	} else if !b.scalar && a.period != b.period {
		return nil, x.wrong("its metrics have different periods.")
	}
	at := func(r *result, i int) float64 {
		if r.scalar {
			i = 0
		}
		return r.points[i]
	}
	for i := range n {
		v, w := at(a, i), at(b, i)
		switch op {
		case '+':
			v += w
		case '-':
			v -= w
		case '*':
			v *= w
		case '/':
			if v /= w; w == 0 {
				v = math.NaN()
			}
		}
		out.points = append(out.points, v)
	}
	return out, nil
}

func (x *expression) factor() (*result, error) {
	c := x.peek()
	switch {
	case c == '-':
		x.pos++
		r, err := x.factor()
		if err != nil {
			return nil, err
		}
		return x.combine('-', number(0), r)
	case c == '(':
		x.pos++
		r, err := x.sum()
		if err == nil && !x.take(')') {
			err = x.wrong("a bracket is not closed.")
		}
		return r, err
	case letter(c):
		from := x.pos
		for x.pos < len(x.text) && (letter(x.text[x.pos]) || x.text[x.pos] >= '0' && x.text[x.pos] <= '9') {
			x.pos++
		}
		name := x.text[from:x.pos]
		if x.take('(') {
			return x.function(name)
		}
		i := slices.IndexFunc(x.queries, func(q MetricDataQuery) bool { return *q.Id == name })
		if i < 0 {
			return nil, x.wrong("there is no query with the Id %q.", name)
		}
		return x.evaluation.query(&x.queries[i], x.depth+1)
	}
	return x.literal()
}

func number(n float64) *result { return &result{scalar: true, points: []float64{n}} }

func (x *expression) literal() (*result, error) {
	from := x.pos
	for x.pos < len(x.text) && (x.text[x.pos] == '.' || x.text[x.pos] >= '0' && x.text[x.pos] <= '9') {
		x.pos++
	}
	n, err := strconv.ParseFloat(x.text[from:x.pos], 64)
	if err != nil {
		return nil, x.wrong("a number or an Id is missing at place %d.", from+1)
	}
	return number(n), nil
}

// function computes a function of one series; the bracket behind its name was taken.
func (x *expression) function(name string) (*result, error) {
	r, err := x.sum()
	if err != nil {
		return nil, err
	}
	fill := number(math.NaN())
	if name == "FILL" {
		if !x.take(',') {
			return nil, x.wrong("FILL needs a number: FILL(m1, 0).")
		}
		if fill, err = x.sum(); err != nil {
			return nil, err
		}
	}
	switch {
	case !x.take(')'):
		return nil, x.wrong("%s takes one Id and its bracket must be closed.", name)
	case r.scalar || !fill.scalar:
		return nil, x.wrong("%s is of a time series.", name)
	}
	switch name {
	case "PERIOD":
		return number(r.period.Seconds()), nil
	case "SUM", "AVG", "MIN", "MAX":
		b := bucket{}
		for _, v := range r.points {
			if !math.IsNaN(v) {
				b.merge(&bucket{count: 1, sum: v, min: v, max: v})
			}
		}
		return number(b.stat(map[string]string{"SUM": Sum, "AVG": Average, "MIN": Minimum, "MAX": Maximum}[name])), nil
	case "RATE", "FILL":
		out := &result{from: r.from, period: r.period, points: slices.Clone(r.points)}
		last := -1 // place of the point before
		for i, v := range r.points {
			switch known := !math.IsNaN(v); {
			case name == "FILL" && !known:
				out.points[i] = fill.points[0]
			case name == "RATE" && known:
				out.points[i] = math.NaN()
				if last >= 0 {
					out.points[i] = (v - r.points[last]) / (float64(i-last) * r.period.Seconds())
				}
				last = i
			}
		}
		return out, nil
	}
	return nil, x.wrong("the lab has no function %s.", name)
}
