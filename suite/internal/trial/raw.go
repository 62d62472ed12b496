package trial

import (
	"io"
	"os"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
)

// Raw starts a child without a runtime that reports what the kernel gave it.
// It needs the feature script-image, or the launcher unix/fork.
func (t *Trial) Raw(options ...Option) agent.Raw {
	r, w := t.Pipe()
	c := t.Start(Script(agent.RawScript()), append([]Option{Descriptor(agent.RawFD, w)}, options...)...)
	t.NoError(w.Close())
	report, err := t.ReadAll(r)
	if err != nil {
		t.Fail("the raw child did not report: %v", err)
	}
	c.Wait()
	raw, err := agent.DecodeRaw(report)
	if err != nil {
		t.Fail("%v", err)
	}
	return raw
}

// RawReport is how a raw child reports that this process has not started
// itself: a process between the two first makes the state that the raw child
// is to show. It needs the feature script-image.
type RawReport struct {
	trial *Trial
	image string
	r, w  *os.File
}

// RawReport makes a way for a raw child to report.
func (t *Trial) RawReport() *RawReport {
	r, w := t.Pipe()
	return &RawReport{t, t.ScriptImage(agent.RawScript()), r, w}
}

// ForParent gives the process in between what the raw child needs.
func (p *RawReport) ForParent() Option { return Descriptor(agent.RawFD, p.w) }

// Relay makes a process that was started with ForParent hand it on to another one.
func (p *RawReport) Relay() Option {
	return func(s *start) {
		InheritStdio()(s)
		s.Give(agent.RawFD, platform.FD(agent.RawFD))
	}
}

// OfChild is what a raw child shows that an agent started with ForParent or
// Relay starts, with the trial's launcher.
func (p *RawReport) OfChild(parent *Process) agent.Raw {
	parent.Start(Executable(p.image), p.Relay())
	return p.read()
}

// OfExec is what the raw child shows that takes the place of an agent by an exec.
func (p *RawReport) OfExec(of *Process) agent.Raw {
	if err := Send(of, agent.Exec, platform.Launch{Path: p.image, Args: []string{"raw"}}); err != nil {
		p.trial.Fail("a child could not execute another image: %v", err)
	}
	return p.read()
}

// OfScript is what the raw child shows that takes the place of a child that first
// makes the calls of a script. It is not for the launcher unix/fork.
func (p *RawReport) OfScript(s *linux.Script) agent.Raw {
	s.Must("execve", p.image, 0, 0)
	p.trial.Start(Script(s), p.ForParent())
	return p.read()
}

func (p *RawReport) read() agent.Raw {
	_ = p.r.SetReadDeadline(p.trial.deadline())
	report := make([]byte, agent.RawSize)
	_, err := io.ReadFull(p.r, report)
	if err != nil {
		p.trial.Fail("the raw child did not report: %v", err)
	}
	raw, err := agent.DecodeRaw(report)
	p.trial.NoError(err)
	return raw
}
