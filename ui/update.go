package ui

import (
	"errors"
	"time"

	"github.com/charmbracelet/colorprofile"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// The smallest screen on which keys act. Below it nobody can see what a key is
// about, so only quitting works.
const minWidth, minHeight = 60, 15

// Update takes one message and starts what follows from it.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	before := m.place()
	cmd := tea.Batch(m.handle(msg), m.serveViews(), m.performQueued(), m.serveViews(), m.follow(msg, before), m.followLogin(msg))
	m.setShownNow(msg)
	m.layout()
	if every := m.wantedTick(); every < m.tickEvery {
		return m, tea.Batch(cmd, m.startTicking())
	}
	return m, cmd
}

func (m *Model) handle(msg tea.Msg) tea.Cmd {
	m.guard.Note(msg, m.opts.Now())
	switch msg := msg.(type) {
	case dialog.HeldMsg:
		return m.tookHeldYes(msg)
	case tea.WindowSizeMsg:
		m.Width, m.Height = msg.Width, msg.Height
	case tea.ModeReportMsg:
		m.replies++
	case tea.BackgroundColorMsg:
		m.replies++
		m.Dark = msg.IsDark()
		m.Styles = draw.NewStyles(m.look())
	case tea.ColorProfileMsg:
		m.NoColor, m.fewColours = msg.Profile <= colorprofile.ASCII, msg.Profile <= colorprofile.ANSI
		m.Styles = draw.NewStyles(m.look())
	case tea.KeyPressMsg:
		return m.pressed(msg)
	case tea.PasteMsg:
		return m.pasted(msg)
	case loginChangedMsg:
		return m.tookChangedLogin(msg)
	case tickMsg:
		return m.ticked(msg)
	case sessionMsg:
		m.tookSession(msg)
	case listMsg:
		return m.tookList(msg)
	case describedMsg:
		if msg.gen == m.list.gen && msg.err == nil {
			m.list.person, m.list.known = msg.person, true
		}
	case preparedMsg:
		return m.tookPlan(msg)
	case progressMsg:
		for _, p := range msg.steps {
			m.list.apply(msg.op, p)
		}
		return nextSteps(msg.op, msg.more)
	case revokedMsg:
		return m.tookResult(msg)
	case settledMsg:
		m.tookSettled(msg)
	case exportedMsg:
		m.tookExported(msg)
	case keyChosenMsg:
		return m.tookKeyChosen(msg)
	case planAgain:
		return m.planAgain(msg)
	default:
		return m.updateViews(msg)
	}
	return nil
}

func (m *Model) ticked(msg tickMsg) tea.Cmd {
	if msg.gen != m.tickGen {
		return nil
	}
	m.now = msg.now
	m.pausedUntil = m.opts.pausedUntil()
	return tea.Batch(m.startTicking(), m.lookAgain())
}

func (m *Model) tookSession(msg sessionMsg) {
	if msg.err != nil {
		m.sessionErr = msg.err
		return
	}
	m.session, m.sessionErr = &msg.session, nil
	m.people.Arrange(m.envOf(m.people))
}

func (m *Model) tookList(msg listMsg) tea.Cmd {
	if msg.gen != m.list.gen {
		return nil
	}
	if m.dialogs.IsOpen() {
		m.list.held = &msg     // the list is frozen under a dialog
		m.list.revokeNext = "" // and no other question follows it
		return nil
	}
	m.list.loading = false
	m.now = m.opts.Now()
	if msg.err != nil {
		m.list.err, m.list.revokeNext = msg.err, ""
		return nil
	}
	m.watched(msg.listing)
	m.list.take(msg.listing, m.now)
	return tea.Batch(m.updateViews(view.Listed{Person: m.list.listing.Person}), m.revokeOnArrival())
}

// tookPlan opens the dialog that asks, on the plan that will be executed.
func (m *Model) tookPlan(msg preparedMsg) tea.Cmd {
	if msg.gen != m.list.prepareGen || !m.list.preparing {
		return nil
	}
	m.list.preparing = false
	m.now = m.opts.Now()
	if m.list.filtering || m.dialogs.IsOpen() || m.screen != onList {
		m.say(draw.Warn, "Nothing was asked: you went on typing. Press the key again.")
		return nil
	}
	if msg.fresh != nil {
		m.list.take(*msg.fresh, m.now)
	}
	switch {
	case msg.needsKey:
		m.askForKey(view.NeedKey{Then: planAgain(msg.gen)})
	case msg.err != nil:
		m.say(draw.Bad, "Nothing was sent. "+app.Sentence(msg.err))
	case len(msg.plan.Items) == 0 && msg.plan.Offboard:
		m.say(draw.Warn, "No app holds a token that could be revoked: there is nothing to end here.")
	case len(msg.plan.Items) == 0:
		m.say(draw.Warn, "The list was read again: what you chose is gone already. Nothing was sent.")
	default:
		m.openDialog(newConfirm(m, msg.plan, msg.other, msg.missing))
	}
	return nil
}

func (m *Model) tookResult(msg revokedMsg) tea.Cmd {
	m.running--
	m.now = m.opts.Now()
	if msg.err != nil {
		for id, s := range m.list.states {
			if s.op == msg.op && s.stage != app.StageDone {
				delete(m.list.states, id)
			}
		}
		m.say(draw.Bad, "Nothing was revoked. "+app.Sentence(msg.err))
		if errors.Is(msg.err, app.ErrListChanged) {
			m.say(draw.Warn, "The list changed since you saw it, so nothing was sent. Look, then press "+m.keys.Shown(action.Revoke)+" again.")
			return m.loadList(m.list.who)
		}
		return nil
	}
	same := samePerson(msg.result, m.list.listing)
	told := m.revoked(view.Revoked{Batch: app.BatchResult{Results: []app.Result{msg.result}}, One: &msg.result, Facts: m.ticketFacts(msg.result)})
	if same {
		m.list.finish(msg.op, msg.result) // the report says how it went
	}
	if !same || m.screen != onList {
		m.say(summaryTone(msg.result), app.Clean(msg.result.Person.Email())+": "+msg.result.Summary())
	}
	return told
}

// samePerson guards against a result that comes after another user was chosen.
func samePerson(r app.Result, l app.Listing) bool { return r.Who == l.Who }

func (o Options) pausedUntil() (t time.Time) {
	if o.Service == nil {
		return t
	}
	return o.Service.PausedUntil()
}
