package boundary

import (
	"errors"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/boundary"
	"github.com/spawnspec/spawnspec/fixtures/child"
	. "github.com/spawnspec/spawnspec/suite/internal/behaviour"
)

func replying() {
	Behaviour("bnd.reply.error-of-the-child", Should,
		"What the child finds wrong with a value arrives in the parent as an error of the child's, told apart from the parent's own, and as the same fault.",
		Matters("An error without its side sends people looking in the wrong process."),
		Try(func(t *Trial) {
			for _, c := range codecs {
				f := frame(t, c, small)
				for _, damage := range []struct {
					name  string
					bytes []byte
					fault boundary.Fault
				}{{"cut", f[:len(f)-1], boundary.ErrTruncated}, {"changed", boundary.Flipped(f, 8*len(f)-1), boundary.ErrDamaged}} {
					e := serving(t)
					e.write(true, damage.bytes)
					t.Observe(c.String()+" "+damage.name+": the child", e.served()).To(Equal(refused(damage.fault)))
					_, err := e.receive()
					t.Observe(c.String()+" "+damage.name+": the parent's error", step(err)).To(Equal("child: read"))
					t.Observe(c.String()+" "+damage.name+": is the same fault", errors.Is(err, damage.fault)).To(BeTrue())
				}
			}
		}))

	Behaviour("bnd.reply.truncated", Should,
		"A reply that the child's end has cut is an error of the reading, never a part of a value, and the exit status is there as well.",
		Matters("A failed channel must not hide how the child ended."),
		Try(func(t *Trial) {
			e := connected(t)
			f := frame(t, boundary.Gob, small)
			MustDo(e.Child, child.Write, child.Writing{FD: 1, Data: child.Text(f[:len(f)/2])})
			e.Leave(3)
			_, err := e.receive()
			t.Observe("the error", step(err)).To(Equal("parent: reply"))
			t.Observe("is a cut", errors.Is(err, boundary.ErrTruncated)).To(BeTrue())
			t.Observe("the child's end", e.Wait().String()).To(Equal("exit 3"))
		}))
}
