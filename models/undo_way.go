package models

// InTheWay is the refusal of an undo: something newer stands in its way. Nothing has changed.
type InTheWay struct {
	Receipt    int64
	TargetKind string
	Rows       []Obstacle // the first of them
	Count      int
}

// Obstacle is a row that cannot be taken back, and why.
type Obstacle struct {
	ID          int64
	Label, Name string
	Why         Sentence
	See         string // where what stands in the way is found, such as "act 1049" or "user 7"; may be empty
	SeeName     string
}

// Error says so.
func (e *InTheWay) Error() string { return SayInTheWay.String() }

// Is makes errors.Is(e, ErrConflict) true.
func (e *InTheWay) Is(target error) bool { return target == ErrConflict }

// SayInTheWay: an undo was refused.
var SayInTheWay = Say("Something newer stands in the way. Nothing was changed.")

// or is the error, or else what stands in the way.
func (e *InTheWay) or(err error) error {
	if err != nil {
		return err
	}
	return e
}

func (e *InTheWay) add(row actRow) {
	e.Count++
	if len(e.Rows) < namedDifferences {
		e.Rows = append(e.Rows, row.obstacle())
	}
}

func (row actRow) obstacle() Obstacle {
	return Obstacle{ID: row.id, Label: row.label, Name: row.name, Why: row.why, See: row.see, SeeName: row.seeName}
}
