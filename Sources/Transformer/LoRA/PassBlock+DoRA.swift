import Kernels

extension PassBlock {
  /// Takes over the adapter's present magnitudes, A and B. Called by every worker of a region.
  func updateFactors(_ w: Worker) {
    for linear in linears { linear.dora?.update(w) }
  }

  /// The same outside regions, for passes whose adapter does not change.
  func updateFactors() {
    if linears.contains(where: { $0.dora != nil }) { WorkerTeam(threads: 1).run { updateFactors($0) } }
  }
}
