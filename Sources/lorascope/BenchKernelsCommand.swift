import ArgumentParser
import Foundation
import Kernels

struct BenchKernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "Each kernel against the machine's limit, measured next to each other.")

  @Option(help: "Times each kernel is measured; the median counts.") var rounds = 7
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var json: JSONFlag

  func validate() throws {
    try ArgumentRange.check(rounds, "rounds", 1...8192)
    try ArgumentRange.threads(threads)
  }

  func run() throws {
    let line = ProgressLine()
    let report = KernelBenchmarks.run(
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, rounds: rounds
    ) { measurement in
      line.show("measured", fraction: nil, detail: "\(measurement.name) \(measurement.shape)")
    }
    line.finish()
    if json.json { return try JSONOutput.print(report) }
    print(
      String(
        format: "%@, %d threads: FMA peak %.1f GFLOP/s, memory read %.1f GB/s", report.instructionSet.rawValue,
        report.threads, report.fmaPeak, report.readBandwidth)
        + (report.bfloat16Peak.map { String(format: ", bfloat16 peak %.1f GFLOP/s", $0) } ?? ""))
    let rows = report.measurements.map {
      [
        $0.name, $0.shape, String(format: "%.1f %@", $0.rate, $0.unit.rawValue),
        String(format: "%.0f %% of the limit", 100 * $0.fractionOfPeak),
      ]
    }
    print(RunTable.table(rows).joined(separator: "\n"))
  }
}
