import ArgumentParser
import Builtin
import Foundation
import Training

struct BenchAllCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "all",
    abstract: "Every measure, each in a process of its own, so that its peak memory is its own.")
  @Option(help: "Worker threads (default: all cores).") var threads: Int?

  private static var measures: [String] {
    let step = "train --shape 135M --element bfloat16 --batch 4 --length 256 --steps 2"
    return [step, step + " --loss-share 0.3", step + " --targets o_proj"]
      + (TrainingOptions.canUseBF16 ? [step + " --bf16"] : [])
      + [
        "train --shape 5M", "decode --shape 135M", "decode --shape 135M --targets all",
        "decode --shape 5M --element float32", "prompt", "context --tokens 8192", "context --tokens 32768", "runs",
        "kernels",
      ]
  }

  func run() throws {
    guard let program = BuiltinBase.executableURL() else {
      throw CommandError("cannot find the running program's own file", status: 69)
    }
    for measure in Self.measures {
      let process = Process()
      process.executableURL = program
      process.arguments = ["bench"] + measure.split(separator: " ").map(String.init)
      if let threads { process.arguments?.append(contentsOf: ["--threads", "\(threads)"]) }
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        throw CommandError("bench \(measure) failed", status: process.terminationStatus)
      }
    }
  }
}
