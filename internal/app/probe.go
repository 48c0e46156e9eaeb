package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// ProbeState says whether a question of a probe was answered.
type ProbeState string

// The values of [ProbeState].
const (
	ProbeAnswered ProbeState = "answered"
	ProbeOpen     ProbeState = "open"    // cannot be answered with one's own login
	ProbeSkipped  ProbeState = "skipped" // a step was declined or failed
)

// ProbeAnswer is one question about the API that Webex's documentation leaves open.
type ProbeAnswer struct {
	ID       string     `json:"id"`
	Question string     `json:"question"`
	State    ProbeState `json:"state"`
	Answer   *string    `json:"answer"` // yes, no, a status, or a duration; null if there is none
	Evidence string     `json:"evidence"`
}

// probeQuestions are all questions, in the order in which they are answered.
var probeQuestions = []ProbeAnswer{
	{ID: "token-expiry", Question: "Does tokenExpiry agree with the login's own expiry?"},
	{ID: "unknown-person", Question: "What does listing an unknown person return?"},
	{ID: "lists-first-party", Question: "Does the list contain Webex's own apps?"},
	{ID: "lists-expired", Question: "Does the list contain tokens past their documented lifetime?"},
	{ID: "lifetimes", Question: "Does a refresh reply name both lifetimes?"},
	{ID: "rotates", Question: "Does a refresh replace the refresh token?"},
	{ID: "extends", Question: "Does a refresh extend the refresh token's lifetime?"},
	{ID: "same-access", Question: "Does a refresh return the same access token while it is valid?"},
	{ID: "lists-refreshed", Question: "Is an access token from a refresh listed as its own row?"},
	{ID: "moves-created", Question: "Does a refresh update created of the refresh token's row?"},
	{ID: "revoked-works", Question: "How long does a revoked access token still work?"},
	{ID: "event-delay", Question: "How long until the audit event of a revoke appears?"},
	{ID: "event-tracking-id", Question: "Does the event have the trackingId of the reply?"},
	{ID: "event-region", Question: "Does the event use the same form of the authorization id as the list?"},
	{ID: "app-wide", Question: "What does an app-wide revoke (DELETE with clientId) revoke?"},
	{ID: "self-403", Question: "What does Webex's 403 say when you revoke your own token of another app?"},
	{ID: "webhook", Question: "What does the payload of a serviceApp webhook contain?"},
	{ID: "org-policy", Question: "Does the organization's token policy apply to integrations?"},
}

// openQuestions are the questions that would change something for others.
var openQuestions = map[string]string{
	"app-wide": "it would revoke other people's tokens", "self-403": "it would revoke another app's token",
	"webhook": "it would require a Service App and a webhook", "org-policy": "it would require a policy change",
}

// ProbeStep is a step that changes something, and what it changes.
type ProbeStep struct{ Name, Does string }

// ProbeSteps are the steps that a probe asks about before it takes them.
var ProbeSteps = []ProbeStep{
	{"refresh", "Refresh the saved login once. Programs that use the old tokens may have to read them again."},
	{"refresh again", "Refresh it a second time, to see whether the result is the same."},
	{"revoke", "Revoke one access token that the first refresh made, see how long it works, and look for the audit event."},
}

// ProbeOptions configure a probe.
type ProbeOptions struct {
	// May is asked before each step that changes something.
	May func(ProbeStep) (bool, error)
	// Progress is told what the probe does next.
	Progress func(words string)
	// Wait limits how long the probe waits for a revoked token to stop working, and for an
	// event to appear.
	Wait time.Duration
}

// ProbeResult is what a probe saw. It contains no id, address or token.
type ProbeResult struct {
	Answers  []ProbeAnswer
	Observed webex.Observed
}

// Probe answers open questions about the API with the caller's own login. It refreshes the
// login and revokes one of its access tokens, each only if o.May agrees.
func (s *Service) Probe(ctx context.Context, a *Account, o ProbeOptions) (ProbeResult, error) {
	p := &probe{s: s, a: a, o: o, answers: map[string]*ProbeAnswer{}}
	out := ProbePlan()
	for i := range out.Answers {
		p.answers[out.Answers[i].ID] = &out.Answers[i]
	}
	login, err := a.Login(ctx)
	switch {
	case err != nil:
		return out, err
	case login.Personal() || !login.Renews:
		return out, fmt.Errorf("%w: a probe needs a login with your own integration (wxauth login)", ErrCannotRefresh)
	}
	err = p.run(ctx, login)
	out.Observed = p.observed
	return out, err
}

// ProbePlan returns the questions without answers.
func ProbePlan() ProbeResult {
	out := ProbeResult{Answers: slices.Clone(probeQuestions)}
	for i := range out.Answers {
		q := &out.Answers[i]
		q.State, q.Evidence = ProbeSkipped, "not tried"
		if why, open := openQuestions[q.ID]; open {
			q.State, q.Evidence = ProbeOpen, why
		}
	}
	return out
}

// probe is a running probe.
type probe struct {
	s        *Service
	a        *Account
	o        ProbeOptions
	answers  map[string]*ProbeAnswer
	observed webex.Observed
}

func (p *probe) answer(id, answer, evidence string) {
	q := p.answers[id]
	q.State, q.Answer, q.Evidence = ProbeAnswered, &answer, evidence
}

func (p *probe) skip(why string, ids ...string) {
	for _, id := range ids {
		p.answers[id].Evidence = why
	}
}

// yesNo answers a question and returns the answer as a [webex.Tristate].
func (p *probe) yesNo(id string, yes bool, evidence string) webex.Tristate {
	if yes {
		p.answer(id, "yes", evidence)
		return webex.Yes
	}
	p.answer(id, "no", evidence)
	return webex.No
}

// again is like yesNo, for a question that each refresh answers. Two different answers are
// not an observation.
func (p *probe) again(id string, yes bool, evidence string) webex.Tristate {
	if q := p.answers[id]; q.Answer != nil && (*q.Answer == "yes") != yes {
		p.answer(id, "not always", evidence)
		return webex.Unknown
	}
	return p.yesNo(id, yes, evidence)
}

func (p *probe) tell(words string) {
	if p.o.Progress != nil {
		p.o.Progress(words)
	}
}

func (p *probe) run(ctx context.Context, login Login) error {
	p.tell("reading your own login and list…")
	p.expiry(ctx, login)
	p.unknownPerson(ctx)
	before, listErr := p.s.List(ctx, webex.Me)
	if listErr != nil {
		p.skip("your own list could not be read: "+reason(listErr), "lists-first-party", "lists-expired", "lists-refreshed", "moves-created", "revoked-works", "event-delay", "event-tracking-id", "event-region")
	} else {
		p.contents(before)
	}
	if ok, err := p.may(0, "rotates", "extends", "same-access", "lifetimes", "lists-refreshed", "moves-created", "revoked-works", "event-delay", "event-tracking-id", "event-region"); !ok {
		return err
	}
	p.tell("refreshing the login…")
	if listErr == nil { // another computer may have refreshed while the question was open
		fresh, err := p.s.List(ctx, webex.Me)
		if err != nil {
			return fmt.Errorf("probe: %w", err)
		}
		before = fresh
	}
	old, first, err := p.a.Refresh(ctx, Login{})
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	p.refreshed(old, first, "one refresh")
	if listErr != nil { // already told; without a row there is nothing to revoke
		return nil
	}
	after, err := p.s.List(ctx, webex.Me)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	made := p.rows(before, after, old, first)
	if ok, err := p.may(1, "revoked-works", "event-delay", "event-tracking-id", "event-region"); !ok {
		return err
	}
	p.tell("refreshing it again…")
	_, second, err := p.a.Refresh(ctx, Login{})
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	p.refreshed(first, second, "two refreshes")
	switch {
	case made.ID == "":
		p.skip("no row of the refreshed access token was found", "revoked-works", "event-delay", "event-tracking-id", "event-region")
		return nil
	case second.Tokens.Access.Equal(first.Tokens.Access):
		p.skip("the access token is still in use: revoking it would end this login's access", "revoked-works", "event-delay", "event-tracking-id", "event-region")
		return nil
	}
	if ok, err := p.may(2, "revoked-works", "event-delay", "event-tracking-id", "event-region"); !ok {
		return err
	}
	return p.revoke(ctx, made, first.Tokens.Access)
}

// may asks before a step. If the answer is no, the questions that need it are skipped.
func (p *probe) may(step int, needed ...string) (bool, error) {
	ok, err := p.o.May(ProbeSteps[step])
	if err != nil || !ok {
		p.skip("the step was declined: "+ProbeSteps[step].Name, needed...)
	}
	return ok && err == nil, err
}

func (p *probe) expiry(ctx context.Context, login Login) {
	at, err := p.s.api.TokenExpiry(ctx)
	switch {
	case err != nil:
		p.answer("token-expiry", statusWords(err), "tokenExpiry failed: "+reason(err))
	case at.IsZero():
		p.answer("token-expiry", "no time", "tokenExpiry returned no usable time")
	default:
		off := at.Sub(login.Tokens.AccessLeft().Until).Abs()
		p.yesNo("token-expiry", off < 5*time.Minute, "difference "+off.Round(time.Second).String())
	}
}

// unknownPerson lists a person whose id cannot exist.
func (p *probe) unknownPerson(ctx context.Context) {
	who, err := webex.ParsePerson("00000000-0000-4000-8000-000000000000")
	if err != nil {
		return
	}
	rows, err := p.s.api.Authorizations(ctx, who)
	if err == nil {
		p.answer("unknown-person", "200", "an empty list: "+strconv.FormatBool(len(rows) == 0))
		return
	}
	p.answer("unknown-person", statusWords(err), "an error")
}

func (p *probe) contents(l Listing) {
	now := p.s.opts.Now()
	own, expired := 0, 0
	for _, r := range l.Rows {
		own += btoi(r.SignIn)
		expired += btoi(r.Left.Overdue(now))
	}
	p.yesNo("lists-first-party", own > 0, fmt.Sprintf("%d of %d rows", own, len(l.Rows)))
	p.yesNo("lists-expired", expired > 0, fmt.Sprintf("%d of %d rows; a no proves little", expired, len(l.Rows)))
}

// refreshed compares the tokens before and after a refresh.
func (p *probe) refreshed(old, now Login, evidence string) {
	a, b := old.Tokens, now.Tokens
	p.observed.Rotates = p.again("rotates", !b.Refresh.Equal(a.Refresh), evidence)
	p.again("same-access", b.Access.Equal(a.Access), evidence)
	p.again("lifetimes", b.AccessLife > 0 && b.RefreshLife > 0, evidence)
	switch {
	case b.Extended == nil:
		p.skip("the reply does not show it", "extends")
	default:
		p.observed.Extends = p.again("extends", *b.Extended, evidence)
	}
}

// rows finds what a refresh changed in the list, and returns the row of the new access token.
func (p *probe) rows(before, after Listing, old, now Login) (made Row) {
	known := map[string]Row{}
	for _, r := range before.Rows {
		known[r.ID.UUID()] = r
	}
	moved, same, rows := false, false, 0
	for _, r := range after.Rows {
		was, listed := known[r.ID.UUID()]
		switch {
		case r.ClientID != now.Client:
		case r.Type == webex.TypeAccess && !listed && r.Created.After(before.ReadAt.Add(-clockSkew)) && r.Created.Before(after.ReadAt.Add(clockSkew)):
			made = r
			rows++
		case r.Type == webex.TypeRefresh && listed:
			same = true
			moved = moved || !r.Created.Equal(was.Created)
		}
	}
	switch {
	case old.Tokens.Access.Equal(now.Tokens.Access):
		p.skip("the refresh returned the same access token", "lists-refreshed")
	case rows > 1:
		p.skip("several new rows of this integration: another computer refreshed, too", "lists-refreshed")
	default:
		p.observed.ListsRefreshed = p.yesNo("lists-refreshed", made.ID != "", "the list before and after a refresh")
	}
	if same {
		p.observed.MovesCreated = p.yesNo("moves-created", moved, "the list before and after a refresh")
	} else {
		p.skip("the refresh token has a new row", "moves-created")
	}
	if rows != 1 { // with several, it is unknown which one is ours
		return Row{}
	}
	return made
}

// clockSkew is how far Webex's clock and ours may be apart.
const clockSkew = time.Minute

// revoke revokes an access token that is no longer in use, and watches what follows.
func (p *probe) revoke(ctx context.Context, row Row, token webex.Secret) error {
	if _, err := p.a.ClientWith(webex.StaticToken(token)).Me(ctx); err != nil {
		p.skip("the first access token does not work any more: "+reason(err), "revoked-works", "event-delay", "event-tracking-id", "event-region")
		return nil
	}
	p.tell("revoking one access token…")
	l, err := p.s.List(ctx, webex.Me)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	plan, err := p.s.NewPlan(ctx, l, []webex.AuthorizationID{row.ID}, PlanOptions{IncludeSelf: true})
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	res, err := p.s.Revoke(ctx, plan, nil)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	item := res.Items[0]
	if !item.Outcome.Gone() {
		p.skip("the revoke was not verified: "+item.Outcome.Words(), "revoked-works", "event-delay", "event-tracking-id", "event-region")
		return nil
	}
	p.tell("watching how long the revoked token works…")
	p.watch(ctx, token, item.Sent)
	if ctx.Err() == nil {
		p.tell("looking for the audit event…")
		p.event(ctx, item)
	}
	return context.Cause(ctx)
}

// probePause is the time between two looks.
const probePause = 2 * time.Second

// watch calls Webex with the revoked token until it is rejected.
func (p *probe) watch(ctx context.Context, token webex.Secret, sent time.Time) {
	client := p.a.ClientWith(webex.StaticToken(token))
	for {
		_, err := client.Me(ctx)
		took := p.s.opts.Now().Sub(sent).Round(time.Second)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, webex.ErrNotLoggedIn):
			p.answer("revoked-works", "at most "+took.String(), "rejected with 401")
			return
		case took < p.o.Wait:
		case err != nil:
			p.skip("the calls with it failed: "+reason(err), "revoked-works")
			return
		default:
			p.answer("revoked-works", "more than "+took.String(), "still accepted")
			return
		}
		if !sleep(ctx, probePause) {
			return
		}
	}
}

// event waits for the audit event of the revoke.
func (p *probe) event(ctx context.Context, item ItemResult) {
	sent := item.Sent
	for {
		for e, err := range p.s.Events(ctx, EventQuery{From: sent.Add(-sameAct), To: p.s.opts.Now().Add(time.Minute)}) {
			if err != nil {
				p.skip("the audit events could not be read: "+reason(err), "event-delay", "event-tracking-id", "event-region")
				return
			}
			if e.TokenID == "" || e.TokenID.UUID() != item.ID.UUID() {
				continue
			}
			took := p.s.opts.Now().Sub(sent).Round(time.Second)
			p.answer("event-delay", "at most "+took.String(), "found")
			if e.TrackingID == "" || item.Answer.TrackingID == "" {
				p.skip("one of them has no trackingId", "event-tracking-id")
			} else {
				p.yesNo("event-tracking-id", e.TrackingID == item.Answer.TrackingID, "compared with the reply to the DELETE")
			}
			p.yesNo("event-region", e.TokenID == item.ID, "compared with the id in the list")
			return
		}
		if ctx.Err() != nil {
			return
		}
		if took := p.s.opts.Now().Sub(sent); took >= p.o.Wait {
			p.answer("event-delay", "more than "+took.Round(time.Second).String(), "not there yet")
			p.skip("the event has not appeared", "event-tracking-id", "event-region")
			return
		}
		if !sleep(ctx, probePause) {
			return
		}
	}
}

// statusWords returns the HTTP status of an error; it repeats nothing of the reply.
func statusWords(err error) string {
	var e *webex.Error
	if errors.As(err, &e) && e.Status != 0 {
		return strconv.Itoa(e.Status)
	}
	return "no response"
}

// reason returns the status with its text; it repeats nothing of the reply, which may contain
// ids.
func reason(err error) string {
	var e *webex.Error
	if errors.As(err, &e) && e.Status != 0 {
		return strconv.Itoa(e.Status) + " " + http.StatusText(e.Status)
	}
	return "no response"
}

// ProbeJSON is the output of "probe".
type ProbeJSON struct {
	Answers  []ProbeAnswer    `json:"answers"`
	Observed map[string]*bool `json:"observed"`
}

// JSON returns the result for output.
func (r ProbeResult) JSON() ProbeJSON {
	out := ProbeJSON{Answers: r.Answers, Observed: map[string]*bool{}}
	for name, value := range ObservedKeys(r.Observed) {
		switch value {
		case webex.Yes, webex.No:
			known := value == webex.Yes
			out.Observed[name] = &known
		case webex.Unknown:
			out.Observed[name] = nil
		}
	}
	return out
}

// ObservedKeys returns what was observed by the names in the configuration.
func ObservedKeys(o webex.Observed) map[string]webex.Tristate {
	return map[string]webex.Tristate{
		"rotates_refresh": o.Rotates, "extends_refresh": o.Extends, "lists_refreshed_access": o.ListsRefreshed, "moves_created": o.MovesCreated,
	}
}
