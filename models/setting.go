package models

// Setting is a value of the whole site that the programs keep for themselves.
type Setting struct {
	Name  string `gorm:"type:varchar(50);primaryKey"`
	Value string `gorm:"type:text;not null"`
}
