// Package trial tries a behaviour: it starts processes at any depth, waits for
// events, observes and checks, and leaves nothing behind.
//
// # A body
//
// A body is a function of a [Trial]. It starts children, lets them do things and
// observes what comes of it:
//
//	Try(func(t *Trial) {
//		r, w := t.Pipe()
//		c := t.Start(Agent(), Stdout(w))
//		c.Exit(0)
//		c.Wait()
//		read := t.Go(func() error { return readByte(r) })
//		t.Observe("state of the read after the child's exit", read.State()).To(Equal(Blocked))
//		t.NoError(w.Close())
//		t.ObserveError("error of the read after the copy is closed", read.Err()).To(Equal("EOF"))
//	})
//
// The rules:
//
//   - What is observed is the same from run to run; what is not (a time, a process
//     id) goes to [Trial.Measure], or is observed as a relation.
//   - The name of an observation is a noun phrase that its value answers. It is the
//     identity of the value in recordings: a name is changed for a reason only.
//   - A check that does not hold fails the trial, and the body goes on, so that the
//     recording is complete. A body that cannot go on calls [Trial.Fail].
//   - What changes a whole process (umask, limits, signal dispositions, a working
//     directory) happens in a child, never in the process that runs the suite.
//   - A body has no build tags and calls no operating system by itself: what it
//     needs is a call to a child (package agent) or a wrapper in platform.
//   - There is no sleep. Nothing is concluded from what has not happened yet.
//
// # Children
//
// [Trial.Start] starts a child with the launcher under test, and [Process.Start] a
// grandchild with a child as its parent; both take the same programs and options,
// and both are a [Process]. Without options the standard streams are the null
// device, and everything else is inherited.
//
//	Exit(3)      exits with 3 at once
//	Agent()      makes the calls that Call, MustCall and Ask ask for (package agent)
//	Inspect()    an Agent that has first taken a Snapshot of what it was given
//	Script       a list of system calls, played after a fork without exec, or
//	             written out as an executable of a few hundred bytes: for what a
//	             program with a runtime cannot do or would disturb
//
// # Waits
//
//	t.ReadAll(r)       until the end of file, up to the deadline
//	c.Wait()           until the child has exited, and its status
//	c.Gone()           until a reporting process has exited that is another's child
//	Call, Ask, Reply   until the child has answered
//	t.Go(call)         a call that may block, as a Pending:
//	  .Returned()        waits for it, and reports whether it has returned
//	  .Err()             waits for it, and is its error
//	  .State()           Returned, or Blocked: that nothing moves any more, neither
//	                     here nor in a process of the trial, was seen
//	t.Eventually(f)    until what no event announces holds: the state of a process
//
// Each ends at the trial's deadline. A trial that was cut off by its deadline is
// tried once more with [Patience] times as much; the deadline is never a verdict on
// the behaviour by itself.
//
// # Ends
//
// A trial ends in one of these ways, the worst that applies:
//
//	broken          the harness could not do its part: NoError, a panic, something
//	                left behind; or the host ran out of something
//	fail            a check did not hold; Fail
//	stale           a pinned difference (spec.Diverges) was not seen any more
//	unmet           the host lacks what Needs names; Unmet
//	not-applicable  the launcher has no counterpart for what is asked: NotApplicable
//	diverges        every check that did not hold is pinned
//	pass            every check held
//
// A body of a behaviour that is a must or a should, and that checked nothing, is
// broken: it could not have failed.
package trial
