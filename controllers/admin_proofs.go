package controllers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminProofs is where admins see whether the ledger is right.
type AdminProofs struct{ *App }

// proofPatience is how long a page waits for a proof; one that takes longer is shown when it is done.
const proofPatience = 5 * time.Second

// Show shows the last proof.
func (p AdminProofs) Show(c *gin.Context) error {
	proof, err := p.Store.LastProof(c.Request.Context(), me(c))
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "admin_proofs/show", H{"Title": models.Say("Proof of the ledger"), "Place": "admin", "Rail": "statistics", "Proof": proof})
}

// Create proves the ledger anew.
func (p AdminProofs) Create(c *gin.Context) error {
	if _, err := p.Store.Prove(c.Request.Context(), me(c), proofPatience); err != nil {
		return err
	}
	return p.redirect(c, "/admin/proofs", models.Sentence{})
}
