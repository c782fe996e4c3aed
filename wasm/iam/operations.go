package iam

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// The shapes of the operations, member for member as on the wire. Path, tags, managed policies and permission boundaries
// are not part of the lab: what is here is what deciding needs.
// Source: IAM API Reference.

// UserInput names a user.
type UserInput struct {
	UserName *string `aws:"required,len=1..64"`
}

// RoleInput names a role.
type RoleInput struct {
	RoleName *string `aws:"required,len=1..64"`
}

// CreateRoleInput is the request of CreateRole.
type CreateRoleInput struct {
	RoleName                 *string `aws:"required,len=1..64"`
	AssumeRolePolicyDocument *string `aws:"required,len=1..131072"`
}

// PutUserPolicyInput is the request of PutUserPolicy.
type PutUserPolicyInput struct {
	UserName       *string `aws:"required,len=1..64"`
	PolicyName     *string `aws:"required,len=1..128"`
	PolicyDocument *string `aws:"required,len=1..131072"`
}

// PutRolePolicyInput is the request of PutRolePolicy.
type PutRolePolicyInput struct {
	RoleName       *string `aws:"required,len=1..64"`
	PolicyName     *string `aws:"required,len=1..128"`
	PolicyDocument *string `aws:"required,len=1..131072"`
}

// UserPolicyInput names an inline policy of a user.
type UserPolicyInput struct {
	UserName   *string `aws:"required,len=1..64"`
	PolicyName *string `aws:"required,len=1..128"`
}

// RolePolicyInput names an inline policy of a role.
type RolePolicyInput struct {
	RoleName   *string `aws:"required,len=1..64"`
	PolicyName *string `aws:"required,len=1..128"`
}

// ListInput asks for a list; it has no members.
type ListInput struct{}

// User is a user as IAM describes it.
type User struct {
	Path       string
	UserName   string
	UserId     string
	Arn        string
	CreateDate aws.Timestamp
}

// Role is a role as IAM describes it.
type Role struct {
	Path                     string
	RoleName                 string
	RoleId                   string
	Arn                      string
	CreateDate               aws.Timestamp
	AssumeRolePolicyDocument json.RawMessage
}

// Answers.
type (
	UserOutput       struct{ User User }
	RoleOutput       struct{ Role Role }
	ListUsersOutput  struct{ Users []User }
	ListRolesOutput  struct{ Roles []Role }
	ListNamesOutput  struct{ PolicyNames []string }
	UserPolicyOutput struct {
		UserName       string
		PolicyName     string
		PolicyDocument json.RawMessage
	}
	RolePolicyOutput struct {
		RoleName       string
		PolicyName     string
		PolicyDocument json.RawMessage
	}
)

// SimulateInput is the request of SimulatePrincipalPolicy.
type SimulateInput struct {
	PolicySourceArn *string  `aws:"required,len=20..2048"`
	ActionNames     []string `aws:"required,items=1..100"`
	ResourceArns    []string `aws:"items=1..100" json:",omitempty"`
}

// SimulateOutput is the answer of SimulatePrincipalPolicy: a line for each action on each resource.
type SimulateOutput struct{ EvaluationResults []EvaluationResult }

// EvaluationResult says how one question would be answered: allowed, explicitDeny or implicitDeny.
type EvaluationResult struct {
	EvalActionName   string
	EvalResourceName string
	EvalDecision     string
}

// CallerOutput is the answer of the token service's GetCallerIdentity.
type CallerOutput struct {
	UserId  string
	Account string
	Arn     string
}

// A call is an operation's caller on the service.
type call struct {
	*Service
	as      principal
	account string
}

// help says a line about a member.
func help(path string) string {
	return map[string]string{
		"UserName": "Name of the user.", "RoleName": "Name of the role.", "PolicyName": "Name of the inline policy.",
		"PolicyDocument":           "The policy in JSON, or file://policy.json.",
		"AssumeRolePolicyDocument": "Who may take the role on, in JSON. It is kept; the lab's actors take on any role they are given.",
		"PolicySourceArn":          "ARN of the user or role.", "ActionNames": "Actions: kinesis:PutRecord ...",
		"ResourceArns": "ARNs; * when left out. Policies of resources do not count here.",
	}[path]
}

func op(name, text string, do any) aws.Row { return aws.Op("iam", name, text, help, do) }

// table lists the operations by name. It never changes.
var table = aws.Table{
	op("CreateRole", "Makes a role that producers and consumers can take on.", func(c call, in *CreateRoleInput) (*RoleOutput, error) {
		if _, err := Parse(*in.AssumeRolePolicyDocument, Trust); err != nil {
			return nil, err
		}
		e, err := c.create(role, *in.RoleName)
		if err != nil {
			return nil, err
		}
		e.trust = *in.AssumeRolePolicyDocument
		return &RoleOutput{e.role()}, nil
	}),
	op("CreateUser", "Makes a user; --profile NAME calls as one.", func(c call, in *UserInput) (*UserOutput, error) {
		e, err := c.create(user, *in.UserName)
		if err != nil {
			return nil, err
		}
		return &UserOutput{e.user()}, nil
	}),
	op("DeleteRole", "Deletes a role without policies.", func(c call, in *RoleInput) error { return c.remove(role, *in.RoleName) }),
	op("DeleteRolePolicy", "Takes an inline policy off a role.", func(c call, in *RolePolicyInput) error {
		return c.drop(role, *in.RoleName, *in.PolicyName)
	}),
	op("DeleteUser", "Deletes a user without policies.", func(c call, in *UserInput) error { return c.remove(user, *in.UserName) }),
	op("DeleteUserPolicy", "Takes an inline policy off a user.", func(c call, in *UserPolicyInput) error {
		return c.drop(user, *in.UserName, *in.PolicyName)
	}),
	op("GetRolePolicy", "Shows an inline policy of a role.", func(c call, in *RolePolicyInput) (*RolePolicyOutput, error) {
		_, p, err := c.policy(role, *in.RoleName, *in.PolicyName)
		if err != nil {
			return nil, err
		}
		return &RolePolicyOutput{*in.RoleName, *in.PolicyName, json.RawMessage(p.text)}, nil
	}),
	op("GetUserPolicy", "Shows an inline policy of a user.", func(c call, in *UserPolicyInput) (*UserPolicyOutput, error) {
		_, p, err := c.policy(user, *in.UserName, *in.PolicyName)
		if err != nil {
			return nil, err
		}
		return &UserPolicyOutput{*in.UserName, *in.PolicyName, json.RawMessage(p.text)}, nil
	}),
	op("ListRolePolicies", "Lists the names of a role's inline policies.", func(c call, in *RoleInput) (*ListNamesOutput, error) {
		return c.policyNames(role, *in.RoleName)
	}),
	op("ListRoles", "Lists the roles of the account.", func(c call, _ *ListInput) (*ListRolesOutput, error) {
		out := &ListRolesOutput{Roles: []Role{}}
		for _, e := range c.entities {
			if e.account == c.account && e.kind == role {
				out.Roles = append(out.Roles, e.role())
			}
		}
		return out, nil
	}),
	op("ListUserPolicies", "Lists the names of a user's inline policies.", func(c call, in *UserInput) (*ListNamesOutput, error) {
		return c.policyNames(user, *in.UserName)
	}),
	op("ListUsers", "Lists the users of the account.", func(c call, _ *ListInput) (*ListUsersOutput, error) {
		out := &ListUsersOutput{Users: []User{}}
		for _, e := range c.entities {
			if e.account == c.account && e.kind == user {
				out.Users = append(out.Users, e.user())
			}
		}
		return out, nil
	}),
	op("PutRolePolicy", "Gives a role an inline policy, or another text of it.", func(c call, in *PutRolePolicyInput) error {
		return c.put(role, *in.RoleName, *in.PolicyName, *in.PolicyDocument)
	}),
	op("PutUserPolicy", "Gives a user an inline policy, or another text of it.", func(c call, in *PutUserPolicyInput) error {
		return c.put(user, *in.UserName, *in.PolicyName, *in.PolicyDocument)
	}),
	op("SimulatePrincipalPolicy", "Says what a user's or role's own policies would answer.", call.simulate),
}

// tokens is the table of the token service.
var tokens = aws.Table{
	aws.Op("sts", "GetCallerIdentity", "Tells who you are.", help, func(c call, _ *ListInput) (*CallerOutput, error) {
		return &CallerOutput{c.userID(c.as), c.as.account, c.as.arn()}, nil
	}),
}

// Operations lists the operations by name, TokenOperations those of the token service "sts".
func Operations() []aws.Operation      { return table.Operations() }
func TokenOperations() []aws.Operation { return tokens.Operations() }

// Decode and DecodeToken read a request of either service; the error is an *aws.Error.
func Decode(name string, body []byte) (aws.Request, error) {
	r, err := table.Decode(name, body)
	if e, ok := err.(*aws.Error); ok && e.Code == aws.Validation {
		e.Code = ValidationError // as this service calls it
	}
	return r, err
}

func DecodeToken(name string, body []byte) (aws.Request, error) { return tokens.Decode(name, body) }

// Run runs a request of either service as a principal, "" for the root of the own account, if its policies let it. The
// answer is the operation's output structure, nil when it has none; the error is an *aws.Error.
func (s *Service) Run(as string, r aws.Request) (any, error) {
	p, _ := readPrincipal(as, s.cfg.Account)
	c := call{s, p, p.account}
	action, resource := "iam:"+r.Name(), "arn:aws:iam::"+p.account+":"
	switch in := r.In.(type) {
	case *UserInput:
		resource += "user/" + *in.UserName
	case *PutUserPolicyInput:
		resource += "user/" + *in.UserName
	case *UserPolicyInput:
		resource += "user/" + *in.UserName
	case *RoleInput:
		resource += "role/" + *in.RoleName
	case *CreateRoleInput:
		resource += "role/" + *in.RoleName
	case *PutRolePolicyInput:
		resource += "role/" + *in.RoleName
	case *RolePolicyInput:
		resource += "role/" + *in.RoleName
	case *SimulateInput:
		resource = *in.PolicySourceArn
	case *ListInput:
		switch r.Name() {
		case "ListUsers":
			resource += "user/"
		case "ListRoles":
			resource += "role/"
		default: // who one is may always be asked, by whoever is there
			if err := s.Authorize(Query{As: as, Action: "sts:" + r.Name(), Resource: "*"}); err != nil && err.Code == aws.UnrecognizedClient {
				return nil, err
			}
			return r.Run(c)
		}
	}
	if err := s.Authorize(Query{As: as, Action: action, Resource: resource}); err != nil {
		if err.Code == aws.AccessDenied {
			err.Code = accessDenied
		}
		return nil, err
	}
	return r.Run(c)
}

func (e *entity) user() User {
	return User{"/", e.name, e.id, e.arn(), seconds(e.created)}
}

func (e *entity) role() Role {
	return Role{"/", e.name, e.id, e.arn(), seconds(e.created), json.RawMessage(e.trust)}
}

func seconds(at sim.Instant) aws.Timestamp { return aws.Timestamp(at.Second() * 1000) }

// noSuch is the answer about a user or role that is not there.
func (c call) noSuch(kind, name string) error {
	return aws.Errorf(NoSuchEntity, "The %s with name %s cannot be found.", kind, name).
		WithHint("aws iam list-%ss shows those there are.", kind)
}

func (c call) entity(kind, name string) (*entity, error) {
	if e := c.find(c.account, kind, name); e != nil {
		return e, nil
	}
	return nil, c.noSuch(kind, name)
}

// checkName refuses a name with characters that IAM does not take; member is the name's own on the wire.
func checkName(member, name string) error {
	bad := func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+=,.@_-", r)
	}
	if !strings.ContainsFunc(name, bad) {
		return nil
	}
	return aws.Errorf(ValidationError, "The specified value for %s is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-", member).
		WithHint("Names are like ana or orders-writer; %q is none.", aws.Shorten(name, 64))
}

// create makes a user or role.
func (c call) create(kind, name string) (*entity, error) {
	if err := checkName(kind+"Name", name); err != nil {
		return nil, err
	}
	if c.find(c.account, kind, name) != nil {
		return nil, aws.Errorf(EntityAlreadyExists, "%s with name %s already exists.", strings.ToUpper(kind[:1])+kind[1:], name).
			WithHint("Choose another name, or delete the one there is.")
	}
	if len(c.entities) >= MaxEntities {
		return nil, aws.Errorf(LimitExceeded, "Cannot exceed quota for UsersPerAccount: %d", MaxEntities).WithHint("Delete a user or role first.")
	}
	c.made++
	prefix := "AIDA"
	if kind == role {
		prefix = "AROA"
	}
	dice := sim.NewRand(c.cfg.Seed, fmt.Sprintf("iam/%s/%s/%d", kind, name, c.made))
	id := []byte(prefix)
	for range 17 {
		id = append(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[dice.Uint64()>>59])
	}
	e := &entity{account: c.account, kind: kind, name: name, id: string(id), created: c.now()}
	c.entities = append(c.entities, e)
	for i := len(c.entities) - 1; i > 0 && e.arn() < c.entities[i-1].arn(); i-- {
		c.entities[i-1], c.entities[i] = e, c.entities[i-1]
	}
	return e, nil
}

// remove deletes a user or role.
func (c call) remove(kind, name string) error {
	gone := c.find(c.account, kind, name)
	switch {
	case gone == nil:
		return c.noSuch(kind, name)
	case len(gone.policies) > 0:
		return aws.Errorf(DeleteConflict, "Cannot delete entity, must delete policies first.").
			WithHint("aws iam list-%s-policies shows them, delete-%s-policy takes one off.", kind, kind)
	}
	kept := c.entities[:0]
	for _, e := range c.entities {
		if e != gone {
			kept = append(kept, e)
		}
	}
	c.entities = kept
	return nil
}

// policy finds an inline policy.
func (c call) policy(kind, name, policy string) (*entity, inline, error) {
	e, err := c.entity(kind, name)
	if err != nil {
		return nil, inline{}, err
	}
	if i := e.policy(policy); i < len(e.policies) {
		return e, e.policies[i], nil
	}
	return nil, inline{}, aws.Errorf(NoSuchEntity, "The %s policy with name %s cannot be found.", kind, policy).
		WithHint("aws iam list-%s-policies shows those there are.", kind)
}

func (c call) policyNames(kind, name string) (*ListNamesOutput, error) {
	e, err := c.entity(kind, name)
	if err != nil {
		return nil, err
	}
	out := &ListNamesOutput{PolicyNames: []string{}}
	for _, p := range e.policies {
		out.PolicyNames = append(out.PolicyNames, p.name)
	}
	return out, nil
}

// put gives a user or role an inline policy.
func (c call) put(kind, name, policy, text string) error {
	e, err := c.entity(kind, name)
	if err != nil {
		return err
	}
	if err := checkName("policyName", policy); err != nil {
		return err
	}
	p, err := Parse(text, Identity)
	if err != nil {
		return err
	}
	total := weigh(text)
	for i := range e.policies {
		if e.policies[i].name != policy {
			total += weigh(e.policies[i].text)
		}
	}
	most := MaxUserPolicyBytes
	if kind == role {
		most = MaxRolePolicyBytes
	}
	if total > most {
		return aws.Errorf(LimitExceeded, "Maximum policy size of %d bytes exceeded for %s %s", most, kind, name).
			WithHint("All inline policies together have %d characters, white space aside. A * says many names in one.", total)
	}
	i := e.policy(policy)
	if i == len(e.policies) {
		e.policies = append(e.policies, inline{})
		for ; i > 0 && policy < e.policies[i-1].name; i-- {
			e.policies[i] = e.policies[i-1]
		}
	}
	e.policies[i] = inline{policy, text, p}
	return nil
}

// weigh is how much a policy counts: its characters without white space.
func weigh(text string) (n int) {
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// drop takes an inline policy off.
func (c call) drop(kind, name, policy string) error {
	e, _, err := c.policy(kind, name, policy)
	if err != nil {
		return err
	}
	i := e.policy(policy)
	e.policies = append(e.policies[:i], e.policies[i+1:]...)
	return nil
}

// simulate asks the policies of a user or role.
func (c call) simulate(in *SimulateInput) (*SimulateOutput, error) {
	p, ok := readPrincipal(*in.PolicySourceArn, "")
	if !ok || p.kind == "" {
		return nil, aws.Errorf("InvalidInput", "Invalid Entity Arn: %s does not clearly define entity type and name.", *in.PolicySourceArn).
			WithHint("Give the ARN of a user or role: arn:aws:iam::%s:user/ana.", c.account)
	}
	if c.find(p.account, p.kind, p.name) == nil {
		return nil, c.noSuch(p.kind, p.name)
	}
	resources := in.ResourceArns
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	out := &SimulateOutput{EvaluationResults: []EvaluationResult{}}
	for _, action := range in.ActionNames {
		for _, resource := range resources {
			decision := "implicitDeny"
			switch c.Decide(Query{As: *in.PolicySourceArn, Action: action, Resource: resource}) {
			case Allowed:
				decision = "allowed"
			case DeniedIdentity:
				decision = "explicitDeny"
			}
			out.EvaluationResults = append(out.EvaluationResults, EvaluationResult{action, resource, decision})
		}
	}
	return out, nil
}
