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
  @Test(.enabled(if: tool("nm") != nil && !objects(of: "Microkernels").isEmpty))
  func noWeakCodeIsSharedBetweenBuilds() throws {
    let nm = try #require(Self.tool("nm"))
    for module in Self.builds {
      let objects = Self.objects(of: module)
      try #require(!objects.isEmpty, "\(module)")
      let text = try Self.output(of: nm, objects)
      let symbols: [[Substring]] = text.split(separator: "\n").map { $0.split(separator: " ") }
      let weak: [String] = symbols.filter { $0.count == 3 && $0[1] == "W" }.map { String($0[2]) }
      let shared = weak.filter { !$0.hasPrefix("$s\(module.count)\(module)") }
      #expect(shared.isEmpty, "\(module): \(shared)")
      #expect(text.contains("$s\(module.count)\(module)"), "nm listed nothing of \(module)")
    }
  }

  /// That build may use bfloat16's instructions and AMX's, which not every processor with AVX-512 has: in the pairs' kernels, which are
  /// called where it has them, and nowhere else.
  @Test(.enabled(if: tool("objdump") != nil && !objects(of: "MicrokernelsAVX512").isEmpty))
  func bfloat16InstructionsStayAmongThePairs() throws {
    let objdump = try #require(Self.tool("objdump"))
    let objects = Self.objects(of: "MicrokernelsAVX512")
    let pairs = objects.filter { $0.hasSuffix("/PairKernels.swift.o") || $0.hasSuffix("/MatrixKernels.swift.o") }
    try #require(pairs.count == 2)
    let options = ["--disassemble", "--no-show-raw-insn"]
    let text = try Self.output(of: objdump, options + pairs)
    #expect(text.contains("vdpbf16ps") && text.contains("tdpbf16ps"))
    let others = try Self.output(of: objdump, options + objects.filter { !pairs.contains($0) })
    #expect(others.contains("vfmadd231ps"))
    let lines = others.split(separator: "\n").filter {
      ($0.contains("\tv") && $0.contains("bf16")) || $0.contains("%tmm") || $0.contains("tilecfg")
    }
    #expect(lines.isEmpty, "\(lines.prefix(3))")
  }

  /// Those that Package.swift has for this processor.
  private static var builds: [String] {
    #if arch(x86_64)
      return ["Microkernels", "MicrokernelsAVX2", "MicrokernelsAVX512"]
    #else
      return ["Microkernels"]
    #endif
  }

  private static func tool(_ name: String) -> String? {
    ["/usr/bin/\(name)", "/usr/bin/llvm-\(name)"].first(where: FileManager.default.isExecutableFile(atPath:))
  }

  /// The test binary lies in the folder of the build.
  private static func objects(of module: String) -> [String] {
    let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let objects = try? FileManager.default.contentsOfDirectory(
      at: folder.appending(path: "\(module).build"), includingPropertiesForKeys: nil)
    return (objects ?? []).map(\.path).filter { $0.hasSuffix(".swift.o") }
  }

  private static func output(of program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
  }
}
