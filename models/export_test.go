package models

// HoldHashing takes every place where a password can be hashed until release is called: who needs one waits.
func (s *Store) HoldHashing() (release func()) {
	for range cap(s.hashes) {
		s.hashes <- struct{}{}
	}
	return func() {
		for range cap(s.hashes) {
			<-s.hashes
		}
	}
}
