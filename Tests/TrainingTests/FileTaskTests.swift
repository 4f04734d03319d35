import Foundation
import Testing
import Training

@Suite struct FileTaskTests {
  private func file(_ rows: Int) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).jsonl")
    let lines = (0..<rows).map { #"{"prompt": "p\#($0)", "completion": "c\#($0)"}"# }
    try Data(lines.joined(separator: "\n").utf8).write(to: url)
    return url
  }

  @Test func nothingIsHeldOutUnlessAsked() throws {
    let url = try file(5)
    defer { try? FileManager.default.removeItem(at: url) }
    let task = try FileTask(file: url)
    #expect(task.examples(split: .train, count: .max, seed: 0).map(\.id) == [1, 2, 3, 4, 5])
    #expect(task.examples(split: .evaluation, count: .max, seed: 0).isEmpty)
    #expect(task.displayName == url.lastPathComponent)
  }

  @Test func aShareIsHeldOutBySeed() throws {
    let url = try file(20)
    defer { try? FileManager.default.removeItem(at: url) }
    let task = try FileTask(file: url, evaluation: .share(0.25), seed: 1)
    let train = task.examples(split: .train, count: .max, seed: 0).map(\.id)
    let held = task.examples(split: .evaluation, count: .max, seed: 0).map(\.id)
    #expect(train.count == 15 && held.count == 5)
    #expect(Set(train + held) == Set(1...20))
    #expect(train == train.sorted() && held == held.sorted())
    let again = try FileTask(file: url, evaluation: .share(0.25), seed: 1)
    #expect(again.examples(split: .evaluation, count: .max, seed: 7).map(\.id) == held)
    let other = try FileTask(file: url, evaluation: .share(0.25), seed: 2)
    #expect(other.examples(split: .evaluation, count: .max, seed: 0).map(\.id) != held)
  }

  @Test func anEvaluationFileOfItsOwn() throws {
    let train = try file(3)
    let evaluation = try file(2)
    defer {
      try? FileManager.default.removeItem(at: train)
      try? FileManager.default.removeItem(at: evaluation)
    }
    let task = try FileTask(file: train, evaluation: .file(path: evaluation.path))
    #expect(task.examples(split: .train, count: 2, seed: 0).count == 2)
    #expect(task.examples(split: .evaluation, count: .max, seed: 0).count == 2)
  }

  @Test func sharesThatAreNone() throws {
    let url = try file(3)
    let single = try file(1)
    defer {
      try? FileManager.default.removeItem(at: url)
      try? FileManager.default.removeItem(at: single)
    }
    for share in [0.0, 1, -1, .nan] {
      let error = #expect(throws: TrainingError.self) { try FileTask(file: url, evaluation: .share(share)) }
      #expect(error?.exitStatus == 64)
    }
    #expect(throws: TrainingError.self) { try FileTask(file: single, evaluation: .share(0.5)) }
    // However small or large the share, neither part is empty.
    let tiny = try FileTask(file: url, evaluation: .share(0.001))
    #expect(tiny.examples(split: .evaluation, count: .max, seed: 0).count == 1)
    let large = try FileTask(file: url, evaluation: .share(0.999))
    #expect(large.examples(split: .train, count: .max, seed: 0).count == 1)
  }
}
