package spec

import (
	"regexp"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// POSIX cites a page of the System Interfaces volume of POSIX.1-2024.
func POSIX(page string) record.Citation {
	return record.Citation{Name: "POSIX.1-2024 " + page,
		Link: "https://pubs.opengroup.org/onlinepubs/9799919799/functions/" + page + ".html"}
}

// LinuxMan cites a page of the Linux man-pages project, for example "pipe(7)".
func LinuxMan(page string) record.Citation {
	name, section, _ := strings.Cut(strings.TrimSuffix(page, ")"), "(")
	dir := "man" + section[:1]
	return record.Citation{
		Name: "Linux " + page,
		Link: "https://man7.org/linux/man-pages/" + dir + "/" + name + "." + section + ".html",
	}
}

// FreeBSDMan cites a manual page of FreeBSD, for example "execve(2)".
func FreeBSDMan(page string) record.Citation {
	name, section, _ := strings.Cut(strings.TrimSuffix(page, ")"), "(")
	return record.Citation{Name: "FreeBSD " + page,
		Link: "https://man.freebsd.org/cgi/man.cgi?query=" + name + "&sektion=" + section}
}

// MacOSMan cites a manual page of macOS, for example "execve(2)", as Apple keeps it with the kernel's source.
func MacOSMan(page string) record.Citation {
	name, section, _ := strings.Cut(strings.TrimSuffix(page, ")"), "(")
	return record.Citation{Name: "macOS " + page,
		Link: "https://github.com/apple-oss-distributions/xnu/blob/main/bsd/man/man" + section + "/" + name + "." + section}
}

// NetBSDMan cites a manual page of NetBSD, for example "execve(2)".
func NetBSDMan(page string) record.Citation {
	name, section, _ := strings.Cut(strings.TrimSuffix(page, ")"), "(")
	return record.Citation{Name: "NetBSD " + page, Link: "https://man.netbsd.org/" + name + "." + section}
}

// OpenBSDMan cites a manual page of OpenBSD, for example "execve(2)".
func OpenBSDMan(page string) record.Citation {
	name, section, _ := strings.Cut(strings.TrimSuffix(page, ")"), "(")
	return record.Citation{Name: "OpenBSD " + page, Link: "https://man.openbsd.org/" + name + "." + section}
}

// MSLearn cites a page of Microsoft Learn by its title and its path below
// learn.microsoft.com, for example ("CreateProcessW function",
// "windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw").
func MSLearn(title, path string) record.Citation {
	return record.Citation{Name: "Microsoft Learn: " + title, Link: "https://learn.microsoft.com/" + path}
}

// GoDoc cites the documentation of a Go package or symbol, for example "os/exec#Cmd.Wait".
func GoDoc(symbol string) record.Citation {
	return record.Citation{Name: "Go " + strings.ReplaceAll(symbol, "#", " "), Link: "https://pkg.go.dev/" + symbol}
}

// Document cites anything else by its name and link.
func Document(name, link string) record.Citation { return record.Citation{Name: name, Link: link} }

var issue = regexp.MustCompile(`^([\w.-]+/[\w.-]+)#(\d+)$`)

// Issue cites an issue or pull request on GitHub, as owner/repository#number.
func Issue(name string) record.Citation {
	if m := issue.FindStringSubmatch(name); m != nil {
		return record.Citation{Name: name, Link: "https://github.com/" + m[1] + "/issues/" + m[2]}
	}
	panic("spec: " + name + " is not owner/repository#number")
}
