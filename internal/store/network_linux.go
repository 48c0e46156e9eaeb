package store

import "syscall"

// networkFileSystem returns the name of a directory's file system if it is a network one, where
// locks and bbolt's mapping do not work between computers; otherwise "". The numbers
// are those of statfs(2).
func networkFileSystem(dir string) string {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return ""
	}
	return networkName(uint32(s.Type)) //nolint:gosec // 32 bits, as the manual has them
}

func networkName(magic uint32) string {
	switch magic {
	case 0x6969:
		return "NFS"
	case 0x517b, 0xff534d42, 0xfe534d42:
		return "SMB"
	case 0x5346414f:
		return "AFS"
	case 0x00c36400:
		return "Ceph"
	case 0x01021997:
		return "9P"
	}
	return ""
}
