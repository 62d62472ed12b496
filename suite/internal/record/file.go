package record

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// File is a recording that is written to a file while its run goes on. Nothing
// that was seen is lost, and nothing of anyone else's:
//
//   - The trials go to a new file beside the one that was asked for, as they
//     come: for before.json it is before.json.1a2b3c4d.partial. The name cannot
//     be guessed, and the file is made with O_EXCL, so that it is never one that
//     was there and never behind a symbolic link. A run that is killed leaves it.
//   - When the run is over, the recording in its canonical order takes the name
//     that was asked for, unless a file has appeared or changed there since the
//     run began: that is another run's, and this one keeps its partial name.
//   - If the last step fails, the file that was written during the run stays.
//
// A pipe or a device is written to directly, a line a trial.
type File struct {
	path    string
	partial string // "" for a pipe or a device
	before  os.FileInfo
	f       *os.File
	w       *Writer
	trials  int // that are in the file
	err     error
}

// Create makes room for a recording in the file path, before anything is known
// of the run. It fails when the recording could not be written there in the end:
// the path is a directory, its directory is missing or cannot be written to, or
// a symbolic link lies in a directory where others can put one.
func Create(path string) (*File, error) {
	if path == "" || os.IsPathSeparator(path[len(path)-1]) {
		return nil, fmt.Errorf("%q names no file", path)
	}
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if path, info, err = follow(path); err != nil {
			return nil, err
		}
	}
	file := &File{path: path, before: info}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		file.before = nil
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory", path)
	case !info.Mode().IsRegular():
		file.f, err = os.OpenFile(path, os.O_WRONLY, 0)
	}
	if file.f == nil {
		file.f, err = createBeside(path, "partial")
	}
	if err != nil {
		return nil, err
	}
	if info == nil || info.Mode().IsRegular() {
		file.partial = file.f.Name()
	}
	return file, nil
}

// Begin writes the head and the behaviours of r, whose trials are still to come.
func (f *File) Begin(r *Recording) error {
	w, err := NewWriter(f.f, r)
	f.w = w
	return f.wrap(err)
}

// follow returns what the symbolic link at path leads to, unless the link lies
// where others could have put it.
func follow(path string) (string, os.FileInfo, error) {
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	if dir.Mode()&0o002 != 0 {
		return "", nil, fmt.Errorf(
			"%s is a symbolic link in a directory that others can write to; name the file itself",
			path,
		)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", nil, err
	}
	if !info.Mode().IsRegular() {
		return path, info, nil
	}
	path, err = filepath.EvalSymlinks(path)
	return path, info, err
}

// createBeside makes a new file in the directory of path, whose name cannot be
// guessed. Its mode is the umask's to decide: a recording is made to be
// passed on. With O_EXCL a symbolic link of that name is an error and not followed.
func createBeside(path, kind string) (*os.File, error) {
	name := fmt.Sprintf("%s.%08x.%s", path, rand.Uint32(), kind)
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o666)
}

// Abandon takes back a file that has no trial.
func (f *File) Abandon() error {
	err := f.f.Close()
	if f.partial != "" {
		err = errors.Join(err, os.Remove(f.partial))
	}
	return err
}

// Trial adds a trial. An error is kept for [File.Finish] as well.
func (f *File) Trial(t Trial) error {
	err := f.w.Trial(t)
	if err == nil {
		f.trials++
	} else if f.err == nil {
		f.err = err
	}
	return err
}

// Partial names the file that holds what has been recorded so far; it is the
// path itself for a pipe or a device.
func (f *File) Partial() string {
	if f.partial == "" {
		return f.path
	}
	return f.partial
}

// Finish ends the recording with r, all of the run. When the run was cut short
// the file keeps its partial name. An error says where the recording is.
func (f *File) Finish(r *Recording) error {
	if r.Complete && f.err == nil {
		f.err = f.w.End()
	}
	if f.partial == "" {
		return f.wrap(errors.Join(f.err, f.f.Close()))
	}
	if !r.Complete {
		if f.trials == 0 {
			return f.wrap(errors.Join(f.err, f.Abandon()))
		}
		return f.wrap(errors.Join(f.err, f.f.Sync(), f.f.Close()))
	}
	// What was written as it came stays until the canonical form is on the disk.
	f.err = errors.Join(f.err, f.f.Sync(), f.f.Close())
	whole := f.err == nil
	if err := f.replace(r); err == nil {
		whole = true
	} else if f.err == nil {
		f.err = err
	}
	if _, err := os.Lstat(f.partial); err != nil || !whole {
		return f.wrap(errors.Join(f.err, f.rescue(r, err == nil)))
	}
	if err := f.publish(); err != nil {
		return fmt.Errorf("%w; this run's recording is %s", err, f.partial)
	}
	return nil
}

// replace puts r in its canonical order in the place of what was written as it
// came.
func (f *File) replace(r *Recording) error {
	temp, err := createBeside(f.path, "tmp")
	if err != nil {
		return err
	}
	err = r.Write(temp)
	if err == nil {
		err = temp.Sync()
	}
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), f.partial)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

// rescue writes a recording that has no room where it was asked for to the
// directory of temporary files, and returns an error that says where it is.
func (f *File) rescue(r *Recording, partial bool) error {
	kept := errors.New("nothing of it could be kept")
	if partial {
		kept = fmt.Errorf("the first %d of %d trials are in %s", f.trials, len(r.Trials), f.partial)
	}
	temp, err := createBeside(filepath.Join(os.TempDir(), filepath.Base(f.path)), "rescued")
	if err != nil {
		return kept
	}
	if err := errors.Join(r.Write(temp), temp.Close()); err != nil {
		return errors.Join(kept, os.Remove(temp.Name()))
	}
	return fmt.Errorf("all of it is in %s", temp.Name())
}

// publish gives the recording the name that was asked for, if what is there now
// is what was there when the run began.
func (f *File) publish() error {
	now, err := os.Lstat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		// A link fails when another file appears at this very moment.
		err := os.Link(f.partial, f.path)
		if err == nil {
			return os.Remove(f.partial)
		}
		if errors.Is(err, fs.ErrExist) {
			return f.taken()
		}
		return os.Rename(f.partial, f.path) // a file system without links
	case err != nil:
		return err
	case f.before == nil || !os.SameFile(f.before,
		now) || !now.ModTime().Equal(f.before.ModTime()) || now.Size() != f.before.Size():
		return f.taken()
	}
	return os.Rename(f.partial, f.path)
}

func (f *File) taken() error {
	return fmt.Errorf("%s was written by another program during the run", f.path)
}

// wrap makes one line of an error and gives it the path.
func (f *File) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s", f.path, strings.ReplaceAll(err.Error(), "\n", "; "))
}
