//go:build linux || darwin || freebsd

package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// fallbackDir is where root keeps the server when the default folder is closed to the server's account.
const fallbackDir = "/var/lib/postroom"

// PickDir says where the server's folder should be when nobody chose one: dir, or, for root, /var/lib/postroom
// when the account that the server is dropped to cannot reach dir. In that case why says so in a sentence.
func PickDir(dir string) (picked, why string) {
	path, err := filepath.Abs(dir)
	if err != nil || os.Getuid() != 0 {
		return dir, ""
	}
	who, err := accountFor(path)
	if err != nil {
		return dir, ""
	}
	if err := who.reaches(path); err != nil {
		return fallbackDir, fmt.Sprintf("the data folder is %s, since %v", fallbackDir, err)
	}
	return dir, ""
}

// account is who the server runs as. PostgreSQL refuses to run as root.
type account struct {
	uid, gid int
	name     string
	drop     bool // we are root, and it is not
}

// accountFor gives the account for the server of dir: we ourselves, and for root the one that owns the folder or
// the nearest folder above it, then postgres, then nobody. An account without an entry in passwd will not do,
// because PostgreSQL looks its own name up.
func accountFor(dir string) (account, error) {
	if uid := os.Getuid(); uid != 0 {
		return account{uid: uid, gid: os.Getgid(), name: nameOf(uid)}, nil
	}
	for path := filepath.Join(dir, "pgdata"); ; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		if err != nil && path != "/" {
			continue
		}
		if err == nil {
			if owner, err := user.LookupId(strconv.Itoa(int(info.Sys().(*syscall.Stat_t).Uid))); err == nil && owner.Uid != "0" {
				return asAccount(owner)
			}
		}
		break
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			return asAccount(found)
		}
	}
	return account{}, errors.New("PostgreSQL will not run as root, and there is no account postgres or nobody: run as an ordinary user, or set DATABASE_URL")
}

func asAccount(u *user.User) (account, error) {
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return account{}, err
	}
	gid, err := strconv.Atoi(u.Gid)
	return account{uid: uid, gid: gid, name: u.Username, drop: true}, err
}

func nameOf(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}

// reaches fails when a folder above path is closed to the account, as /root and Go's temporary folders are.
// Folders that are not there yet will be made for it.
func (a account) reaches(path string) error {
	if !a.drop {
		return nil
	}
	for path = filepath.Dir(path); ; path = filepath.Dir(path) {
		if info, err := os.Stat(path); err == nil && !a.may(info, 1) {
			return fmt.Errorf("%s is closed to the account %s, which PostgreSQL runs as", path, a.name)
		}
		if path == "/" {
			return nil
		}
	}
}

// may tells whether the account has the bits (4 read, 2 write, 1 enter) by the file's mode.
func (a account) may(info os.FileInfo, bits os.FileMode) bool {
	if !a.drop {
		return true // the system will say; it knows all our groups
	}
	stat := info.Sys().(*syscall.Stat_t)
	switch {
	case int(stat.Uid) == a.uid:
		bits <<= 6
	case int(stat.Gid) == a.gid:
		bits <<= 3
	}
	return info.Mode()&bits == bits
}

// own gives the account a file that root made for it.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// attributes start a program as the account, in a process group of its own: Ctrl-C is for the site first, which
// still needs the database to finish what it does.
func (a account) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		attributes.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attributes
}
