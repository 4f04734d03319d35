import Foundation
import Recipe
import Testing

/// Numbers outside of what can be are usage errors that say both ends.
@Suite struct ArgumentRangeTests {
  @Test(arguments: [
    "train --data medmcqa --targets qkv --steps 200000000", "train --data medmcqa --targets qkv --batch-size 99999999",
    "train --data medmcqa --targets qkv --sequence-length 99999999", "train --data medmcqa --targets qkv --epochs 1e9",
    "train --data medmcqa --targets qkv --threads 5000",
    "train --data medmcqa --targets qkv --max-new-tokens 9223372036854775807",
    "train --data medmcqa --targets qkv --rank 5000", "train --data medmcqa --targets qkv --gradient-accumulation 0",
    "train --data medmcqa --targets qkv --lr inf", "generate --prompt a --threads 5000",
    "generate --prompt a --threads 9223372036854775807",
    "generate --prompt a --max-new-tokens 0", "evaluate --data medmcqa --threads 5000",
    "evaluate --data medmcqa --examples 0",
    "latency --targets qkv --threads 9223372036854775807", "latency --targets qkv --tokens 0",
    "latency --targets qkv --time-cap nan",
    "sweep --data medmcqa --match-parameters 9223372036854775807 --dry-run",
    "sweep --data medmcqa --match-parameters 0 --dry-run",
    "data --data medmcqa --sequence-length 1", "bench prompt --threads 0", "bench kernels --rounds 0", "--threads 1025",
    "sweep --data medmcqa --search --minutes 1e19 --dry-run",
    "sweep --data medmcqa --search --latency-budget inf --dry-run",
    "rows plan.toml --into rows.jsonl --minutes 1e19", "bench evaluate --adapters 0", "bench evaluate --adapters 4097",
    "bench evaluate --adapters 2 --rank 5000",
  ])
  func bothEndsAreSaid(_ line: String) throws {
    let result = try Program.run(line.split(separator: " ").map(String.init))
    #expect(result.status == 64, "\(line): \(result.errors)")
    #expect(
      result.errors.contains("must be") && (result.errors.contains(" to ") || result.errors.contains("at most")),
      "\(line): \(result.errors)")
    #expect(result.output.isEmpty)
  }

  /// What no number of the flag's kind is says what one would be.
  @Test(arguments: [
    ("train --data medmcqa --targets qkv --seed -1", "it takes a whole number from 0 to 18446744073709551615"),
    ("sweep --data medmcqa --jobs 0", "it takes auto, or a whole number from 1 to 64"),
    ("train --data medmcqa --targets qkv --steps 99999999999999999999", "it takes a whole number from 1 to 100000000"),
    ("train --data medmcqa --targets qkv --steps 1.5", "it takes a whole number from 1 to 100000000"),
    ("train --data medmcqa --targets qkv --threads 1.5", "it takes a whole number of at most 18 digits"),
    ("train --data medmcqa --targets qkv --lr 1e-3..1e-3", "is one learning rate, which races nothing"),
    ("train --data medmcqa --targets qkv --lr 1e-2..1e-3", "is no range of learning rates"),
    ("recommend --published --latency-budget -1", "--latency-budget takes more than 0 percent"),
    ("sweep --data medmcqa --combinations nonsense --dry-run", "--combinations: "),
    ("sweep --data medmcqa --match-parameters nonsense --dry-run", "--match-parameters: "),
  ])
  func whatIsTaken(_ line: String, _ words: String) throws {
    let result = try Program.run(line.split(separator: " ").map(String.init))
    #expect(result.status == 64 && result.output.isEmpty, "\(line): \(result.errors)")
    #expect(result.errors.contains(words), "\(line): \(result.errors)")
  }

  /// What works on runs that are there makes no store of its own under a name that was mistyped.
  @Test(arguments: [
    "resume", "prune 1", "latency --run 1", "runs delete 1", "runs restore 1", "runs tag 1 a", "runs list",
    "runs export 1 --gguf a",
  ])
  func aStoreThatIsNotThereIsNotMade(_ line: String) throws {
    let folder = try TemporaryFolder()
    let store = folder.path("mistyped.sqlite")
    let result = try Program.run(line.split(separator: " ").map(String.init) + ["--store", store])
    #expect(result.status == 66 && result.errors.contains("no store at"), "\(line): \(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: store), "\(line)")
  }

  /// What a share cannot be taken of is said before a run is made of it.
  @Test(arguments: ["train --targets qkv", "sweep --combinations qkv --dry-run"])
  func aShareOfOneExampleLeavesNoRun(_ verb: String) throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(#"{"prompt":"1 is","completion":" odd"}"#, to: "one.jsonl")
    let store = ["--store", folder.path("store.sqlite")]
    let line = verb.split(separator: " ").map(String.init) + ["--data", data, "--eval-share", "0.5", "--steps", "1"]
    let result = try Program.run(line + store)
    #expect(result.status == 64 && result.errors.contains("given with two examples or more"), "\(result.errors)")
    let text = "data = \"\(data)\"\nevaluation_share = 0.5\ncombinations = [\"qkv\"]\n"
    let plan = try folder.write(text, to: "plan.toml")
    let planned = try Program.run(["sweep", plan, "--dry-run"] + store)
    #expect(planned.status == 64 && planned.errors.contains("two examples or more"), "\(planned.errors)")
    let runs = try Program.run(["runs", "list", "--json"] + store)
    #expect(try runs.status == 66 || (runs.json()["runs"] as? [Any])?.isEmpty == true, "\(runs.output)")
  }

  @Test func adaptersOfABenchmark() throws {
    for (line, words) in [
      ("--targets o_proj", "belong to --adapters"), ("--rank 4", "belong to --adapters"),
      ("--adapters 2 --targets nothing", "nothing"),
    ] {
      let result = try Program.run(["bench", "evaluate"] + line.split(separator: " ").map(String.init))
      #expect(result.status == 64 && result.output.isEmpty, "\(line): \(result.errors)")
      #expect(result.errors.contains(words), "\(line): \(result.errors)")
    }
  }

  /// Every setting has its flag, and every number's flag knows what the number may be.
  @Test func everySettingHasAFlag() throws {
    let train = try Program.run(["train", "--help"]).output
    let sweep = try Program.run(["sweep", "--help"]).output
    for field in SettingField.all {
      let isOfSweep = field.key == "match_parameters"
      #expect((isOfSweep ? sweep : train).contains("--\(field.flag)"), "\(field.key)")
      switch field.values {
      case .whole, .number:
        let rest = isOfSweep ? ["--dry-run"] : ["--targets", "qkv"]
        let result = try Program.run(
          [isOfSweep ? "sweep" : "train", "--data", "medmcqa", "--\(field.flag)", "-1"] + rest)
        #expect(result.status == 64 && result.errors.contains("--\(field.flag) must be"), "\(result.errors)")
      case .byGroup:
        let line = ["train", "--data", "medmcqa", "--targets", "o_proj", "--\(field.flag)"]
        for (value, words) in [("o_proj=-1", "--\(field.flag) must be"), ("o=1", "there are qkv, o_proj, fc1, fc2")] {
          let result = try Program.run(line + [value])
          #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
        }
      case .flag, .seed, .choice, .wordOrSeed, .text: break
      }
    }
  }

  /// A built-in task writes as many examples as it is asked for.
  @Test func whatWouldNeverEndIsRefused() throws {
    for (verb, flag) in [
      ("evaluate", "--examples"), ("train --targets qkv", "--examples"), ("train --targets qkv", "--eval-examples"),
    ] {
      let folder = try TemporaryFolder()
      let line = verb.split(separator: " ").map(String.init) + ["--data", "medmcqa", flag, "1000000000"]
      let store = verb == "evaluate" ? [] : ["--store", folder.path("store.sqlite")]
      let result = try Program.run(line + store)
      #expect(result.status == 64 && result.errors.contains("100000 are the most"), "\(line): \(result.errors)")
    }
    // Likelihoods are FP32. Where the machine has no bfloat16 that is said instead.
    let pair = try Program.run(["evaluate", "--data", "medmcqa", "--likelihood", "--eval-bf16", "--examples", "1"])
    #expect(pair.status == 64 && pair.errors.contains("--likelihood is computed in FP32"), "\(pair.errors)")
    let shots = try Program.run([
      "evaluate", "--data", "medmcqa", "--train", "medmcqa", "--few-shot", "1", "--examples", "2", "--max-new-tokens",
      "1",
    ])
    #expect(shots.status == 0, "\(shots.errors)")
  }

  /// A version of a built-in task is what a run was planned with; what is shown before prompts has no groups to name.
  @Test func theVersionIsSaidAndShotsNeedNoGroup() throws {
    for version in [1, 2] {
      let result = try Program.run([
        "evaluate", "--data", "medmcqa", "--data-version", "\(version)", "--likelihood", "--examples", "2", "--json",
      ])
      #expect(try result.json()["data_version"] as? Int == version, "\(result.errors)")
    }
    let folder = try TemporaryFolder()
    let asked = try folder.write(#"{"prompt":"1 is","completion":" odd","town":"A"}"#, to: "asked.jsonl")
    let shown = try folder.write(#"{"prompt":"2 is","completion":" even"}"#, to: "shown.jsonl")
    let line = [
      "evaluate", "--data", asked, "--group-field", "town", "--train", shown, "--few-shot", "1",
      "--max-new-tokens", "1",
    ]
    let grouped = try Program.run(line)
    #expect(grouped.status == 0, "\(grouped.errors)")
    #expect(try Program.run(line + ["--data-version", "1"]).status == 64)
  }

  @Test(arguments: [
    ("sweep --data medmcqa --tuning-examples 50 --dry-run", "--tuning-examples goes with --search"),
    ("sweep --data medmcqa --search --no-reuse --dry-run", "are for whole runs"),
    ("sweep --data medmcqa --lr auto --remeasure --dry-run", "are for whole runs"),
    ("resume 1 --end 1", "leave the run out"),
  ])
  func whatWouldDoNothingIsRefused(_ line: String, _ words: String) throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(
      line.split(separator: " ").map(String.init) + ["--store", folder.path("store.sqlite")])
    #expect(result.status == 64 && result.errors.contains(words), "\(line): \(result.errors)")
  }

  @Test func instructionSet() throws {
    let result = try Program.run(["--version"], environment: ["LORASCOPE_INSTRUCTION_SET": "foo"])
    #expect(result.status == 64 && result.errors.contains("LORASCOPE_INSTRUCTION_SET=foo"), "\(result.errors)")
  }
}
