import Foundation
import Kernels
import Testing

@Suite struct InstructionSetTests {
  @Test func theCurrentOneIsAvailable() {
    #expect(InstructionSet.available.contains(.current))
    #expect(InstructionSet.available.first == .baseline)
  }

  @Test func aWishThatCannotBeMetIsRefusedByName() throws {
    #expect(try InstructionSet.resolve("baseline", available: [.baseline, .avx2]) == .baseline)
    for wish in ["avx512", "sse9"] {
      do {
        _ = try InstructionSet.resolve(wish, available: [.baseline, .avx2])
        Issue.record("\(wish) was accepted")
      } catch let error as InstructionSetError {
        #expect(
          error.description
            == "LORASCOPE_INSTRUCTION_SET=\(wish): this machine offers baseline, avx2; unset it or choose one of these")
        #expect(error.exitStatus == 64)
      }
    }
  }

  /// Every build of the inner loops that this machine can run agrees with the plain one.
  @Test(arguments: InstructionSet.available) func buildsAgree(set: InstructionSet) {
    let differences = MicrokernelComparison.largestDifferences(set, .baseline)
    #expect(differences.count >= 15)
    for (name, difference) in differences { #expect(difference < 2e-5, "\(name): \(difference)") }
  }

  /// The trap that Sources/Microkernels/README.md tells of: code that two builds emit under one weak name.
  @Test func noWeakCodeIsSharedBetweenBuilds() throws {
    guard let nm = ["/usr/bin/nm", "/usr/bin/llvm-nm"].first(where: FileManager.default.isExecutableFile(atPath:))
    else {
      return
    }
    // The test binary lies in the folder of the build.
    let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    for module in ["Microkernels", "MicrokernelsAVX2", "MicrokernelsAVX512"] {
      let objects = try? FileManager.default.contentsOfDirectory(
        at: folder.appending(path: "\(module).build"), includingPropertiesForKeys: nil)
      guard let objects = objects?.filter({ $0.lastPathComponent.hasSuffix(".swift.o") }), !objects.isEmpty else {
        continue
      }
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(fileURLWithPath: nm)
      process.arguments = objects.map(\.path)
      process.standardOutput = output
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      let symbols: [[Substring]] = text.split(separator: "\n").map { $0.split(separator: " ") }
      let weak: [String] = symbols.filter { $0.count == 3 && $0[1] == "W" }.map { String($0[2]) }
      let shared = weak.filter { !$0.hasPrefix("$s\(module.count)\(module)") }
      #expect(shared.isEmpty, "\(module): \(shared)")
      #expect(text.contains("$s\(module.count)\(module)"), "nm listed nothing of \(module)")
    }
  }
}
