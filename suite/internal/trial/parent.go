package trial

import (
	"slices"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// Parent is a process that starts programs with the launcher under test, one after the
// other or beside each other, and that can be looked at before, meanwhile and after: an
// agent, or the driver of a runtime.
type Parent struct {
	trial  *Trial
	agent  *Process
	driver *runtimes.Parent
}

// Parent starts one. Its streams are the null device unless an option says otherwise, and
// those of its children are its own.
func (t *Trial) Parent(options ...Option) *Parent {
	p := &Parent{trial: t}
	l, ok := t.launcher.(*runtimes.Launcher)
	switch {
	case !ok:
		p.agent = t.Start(Agent(), append(options, Via(spec.OSExec))...)
		_ = Ask(p.agent, agent.Getppid) // it is there
		return p
	case l.InFront:
		t.NotApplicable(t.launcher.Name() + " starts one program and no other")
	}
	t.inTime()
	t.need("null-device")
	l.Patience = t.left()
	s := t.newStart(&Process{trial: t, depth: 1}, Executable(l.Command[0]), options)
	var err error
	if p.driver, err = l.Parent(&s.Launch); err != nil {
		t.refuse(err)
		t.NoError(err)
	}
	t.parents = append(t.parents, p)
	return p
}

// Pid is its process id.
func (p *Parent) Pid() int {
	if p.driver != nil {
		return p.driver.Pid()
	}
	return p.agent.Pid()
}

// Asleep waits until a process and those below it sleep. Where the system does not show
// that, it waits for Grace.
func (t *Trial) Asleep(pid int) {
	still := platform.Still{Look: func() ([]platform.Relative, error) { return platform.Activity(pid) },
		Quiet: betweenLooks, Blind: t.Grace()}
	t.until(&still)
}

func (t *Trial) until(still *platform.Still) {
	for !still.Reached(0) {
		t.inTime()
		<-time.After(betweenLooks)
	}
}

// Settled is Asleep but for processes that have ended: who leaves one a zombie does
// nothing about it.
func (t *Trial) Settled(pid int) {
	still := platform.Still{Quiet: betweenLooks, Blind: t.Grace(), Look: func() ([]platform.Relative, error) {
		all, err := platform.Activity(pid)
		return slices.DeleteFunc(all, func(r platform.Relative) bool { return r.Zombie }), err
	}}
	t.until(&still)
}

// Look looks at it when it does nothing: it may just have told what it is known by.
func (p *Parent) Look() platform.Sight {
	p.trial.Asleep(p.Pid())
	s, err := platform.Look(p.Pid())
	switch {
	case err != nil && p.trial.strained:
		p.trial.NotApplicable(strainedWhy)
	case err != nil:
		p.trial.Unmet("another process cannot be looked at here: %v", err)
	}
	return s
}

// LeaveDescriptors limits its descriptors to those that are open and so many more. That it
// runs out of them is from then on what the trial is about.
func (p *Parent) LeaveDescriptors(free int) {
	open, limit := p.Look().Descriptors, 0
	for unused := 0; unused < free; limit++ {
		if open[limit] == "" {
			unused++
		}
	}
	p.trial.NoError(platform.LimitDescriptors(p.Pid(), uint64(limit)))
	p.trial.exhausts = true
}

// A Started is a program, and how it is to be started.
type Started struct {
	Program Program
	Options []Option
}

// With is a program with options.
func With(p Program, options ...Option) Started { return Started{p, options} }

// Start lets it start a program. That a plain start fails ends the trial.
func (p *Parent) Start(program Program, options ...Option) *Process {
	c, err := p.TryStart(program, options...)
	if err != nil {
		p.trial.Fail("%s could not start a child: %v", p.trial.launcher.Name(), err)
	}
	return c
}

// TryStart lets it start a program; the error is the launcher's own.
func (p *Parent) TryStart(program Program, options ...Option) (*Process, error) {
	if p.driver == nil {
		return p.agent.TryStart(program, append([]Option{InheritStdio()}, options...)...)
	}
	all, err := p.start(With(program, options...), nil)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// StartBeside lets it start a program, and another one while that runs.
func (p *Parent) StartBeside(one, other Started) (first, second *Process) {
	if p.driver == nil {
		start := func(s Started) *Process {
			var asked start
			for _, o := range s.Options {
				o(&asked)
			}
			// As a driver does, it keeps what is the child's from others, and lets go of it.
			own := slices.DeleteFunc(asked.Files, func(fd platform.FD) bool { return fd < 3 })
			for _, fd := range own {
				MustCall(p.agent, agent.SetCloseOnExec, fd)
			}
			c := p.agent.Start(s.Program, append([]Option{InheritStdio()}, s.Options...)...)
			for _, fd := range own {
				MustCall(p.agent, agent.Close, fd)
			}
			return c
		}
		return start(one), start(other)
	}
	all, err := p.start(one, &other)
	if err != nil {
		p.trial.Fail("%s could not start a child beside another: %v", p.trial.launcher.Name(), err)
	}
	return all[0], all[1]
}

// start lets a driver start one program or two.
func (p *Parent) start(one Started, other *Started) ([]*Process, error) {
	t := p.trial
	t.inTime()
	l := t.launcher.(*runtimes.Launcher)
	l.Patience = t.left()
	var children []*Process
	launch := func(s Started) *platform.Launch {
		c := &Process{trial: t, depth: 2}
		children = append(children, c)
		asked := t.newStart(c, s.Program, s.Options)
		t.askable(asked)
		return &asked.Launch
	}
	first := launch(one)
	var second *platform.Launch
	if other != nil {
		second = launch(*other)
	}
	processes, err := p.driver.Start(first, second)
	for i, process := range processes {
		c := children[i]
		c.process, c.pid = process, process.Pid()
		t.children = append(t.children, c)
		if c.pid > 0 {
			t.holds.started(c.pid, c.process)
		}
	}
	if err != nil {
		for _, c := range children[len(processes):] {
			c.forget()
		}
		t.noteExhausted(err)
		t.refuse(err)
	}
	return children, err
}

// end lets a driver end. One that may fail may have done so before.
func (p *Parent) end() []string {
	if err := p.driver.Close(); err != nil && !p.trial.strained {
		return []string{err.Error()}
	}
	return nil
}
