package trial

import (
	"io"
	"os"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
)

// RawReport is how a raw child reports that this process has not started
// itself: somebody between the two first makes the state that the raw child
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

// Pass starts the process in between with what the raw child needs.
func (p *RawReport) Pass() Option {
	return func(l *platform.Launch) {
		null := p.trial.Null()
		l.Files = make([]*os.File, agent.RawFD+1)
		l.Files[0], l.Files[1], l.Files[2], l.Files[agent.RawFD] = null, null, null, p.w
	}
}

// Onward makes a process that was started with Pass start another one like it.
func (p *RawReport) Onward() agent.Starting {
	s := agent.Starting{FDs: []int{0, 1, 2}}
	for len(s.FDs) < agent.RawFD {
		s.FDs = append(s.FDs, -1)
	}
	s.FDs = append(s.FDs, agent.RawFD)
	return s
}

// Below is what a raw child shows that an obeying child started with Pass or
// Onward starts, with the trial's launcher.
func (p *RawReport) Below(parent *Process) agent.Raw {
	s := p.Onward()
	s.Path = p.image
	parent.MustStart(agent.Exit(0), s)
	return p.read()
}

// Instead is what the raw child shows that takes the place of an obeying child
// by an exec.
func (p *RawReport) Instead(of *Process) agent.Raw {
	if err := Send(of, agent.Exec, agent.ExecArgs{Path: p.image, Args: []agent.Text{"raw"}}); err != nil {
		p.trial.Fail("a child could not execute another image: %v", err)
	}
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
