"""Into how many clusters to divide the samples, and whether fewer inputs pay for finding them."""
