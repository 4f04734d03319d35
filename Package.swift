// swift-tools-version: 6.1
import PackageDescription

/// The three builds of the microkernels are the same source folder (two are symbolic links) compiled for
/// different instruction sets; `Kernels` chooses one of them once, at start. See Sources/Microkernels/README.md.
#if arch(x86_64)
  let wideMicrokernels = ["MicrokernelsAVX2", "MicrokernelsAVX512"]
#else
  let wideMicrokernels: [String] = []
#endif

/// What trains, from the kernels up. A room names all of these that it reaches, even only through another: SwiftPM builds a target again
/// when one that it names has changed, and a type's layout comes from the room that defines it.
let engineRooms = ["Kernels", "Recipe", "Transformer", "Text", "HuggingFace", "Training", "Builtin"]

func rooms(below room: String? = nil) -> [Target.Dependency] {
  engineRooms.prefix { $0 != room }.map { .byName(name: $0) }
}

/// Optimised as one module in debug builds too, so that tests run the kernels that users run. With `-num-threads` the
/// compiler still writes an object for each file, which is what SwiftPM links in debug builds.
let wholeModule = ["-Ounchecked", "-wmo", "-num-threads", "1"]

func microkernels(_ name: String, define: String, flags: [String]) -> Target {
  .target(
    name: name,
    dependencies: ["CPUFeatures", "MicrokernelTable"],
    exclude: ["README.md"],
    swiftSettings: [
      .define(define),
      .unsafeFlags(wholeModule + flags.flatMap { ["-Xcc", $0] }),
    ]
  )
}

var targets: [Target] = [
  // Headers only: cpuid, the spin-wait hint, and vector operations for the microkernels.
  .systemLibrary(name: "CPUFeatures"),
  .target(name: "MicrokernelTable", swiftSettings: [.unsafeFlags(["-Ounchecked"])]),
  microkernels("Microkernels", define: "BASELINE", flags: []),
  .target(
    name: "Kernels",
    dependencies: ["CPUFeatures", "MicrokernelTable", "Microkernels"] + wideMicrokernels.map { .target(name: $0) },
    swiftSettings: [.unsafeFlags(wholeModule)]
  ),
  // What is asked of a run and what is refused: values that the engine, the bus and the screen share. Imports nothing.
  .target(name: "Recipe"),
  .target(name: "Transformer", dependencies: rooms(below: "Transformer")),
  .systemLibrary(
    name: "CPCRE2",
    providers: [.apt(["libpcre2-dev"])]
  ),
  .systemLibrary(
    name: "CPNG",
    providers: [.apt(["libpng-dev"])]
  ),
  .systemLibrary(
    name: "CTurboJPEG",
    providers: [.apt(["libturbojpeg0-dev"])]
  ),
  // Compressed data files, and the pages of Parquet.
  .systemLibrary(
    name: "CZlib",
    providers: [.apt(["zlib1g-dev"])]
  ),
  .systemLibrary(
    name: "CZstd",
    providers: [.apt(["libzstd-dev"])]
  ),
  .systemLibrary(
    name: "CSnappy",
    providers: [.apt(["libsnappy-dev"])]
  ),
  // What a base's files hold, as one number.
  .systemLibrary(
    name: "CCrypto",
    providers: [.apt(["libssl-dev"])]
  ),
  // Files, JSON, tokenizers, chat templates and data: nothing of a model, no kernels.
  .target(
    name: "Text",
    dependencies: [
      "Recipe", "CPCRE2", "CZlib", "CZstd", "CSnappy", "CCrypto",
      .product(name: "HeapModule", package: "swift-collections"),
    ]),
  .target(name: "HuggingFace", dependencies: rooms(below: "HuggingFace") + ["CPNG", "CTurboJPEG"]),
  .target(name: "Training", dependencies: rooms(below: "Training")),
  .target(name: "Builtin", dependencies: rooms(below: "Builtin"), resources: [.copy("Resources/base")]),
  .target(name: "Messages", dependencies: ["Recipe"]),
  // TOML that a person writes, bounded before it is parsed.
  .target(name: "TOMLText", dependencies: [.product(name: "TOMLKit", package: "TOMLKit")]),
  .target(
    name: "RunStore",
    dependencies: [
      "Recipe", "Messages", .product(name: "GRDB", package: "GRDB.swift"),
      .product(name: "GRDBSQLite", package: "GRDB.swift"),
    ]
  ),
  // What is concluded from runs: statistics, findings, recommendations, reports. No store, no kernels.
  .target(
    name: "Analysis",
    dependencies: ["Recipe", "Messages"],
    // Compiled in, so that a binary that was moved still has it.
    resources: [.embedInCode("Published/published-study.json")]
  ),
  // A study on a cluster: its folder, its job script, Slurm's programs. Trains nothing.
  .target(name: "Cluster", dependencies: ["Recipe", "Messages"]),
  .target(
    name: "Engine",
    dependencies: rooms() + [
      "RunStore", "Messages", "Analysis", "TOMLText",
      .product(name: "Logging", package: "swift-log"),
      .product(name: "TOMLKit", package: "TOMLKit"),
    ],
    // The PEFT engine's worker: compiled in, too.
    resources: [.embedInCode("Resources/peft_worker.py")]
  ),
  .systemLibrary(
    name: "CNcurses",
    providers: [.apt(["libncursesw5-dev"])]
  ),
  .target(
    name: "Terminal",
    dependencies: ["CNcurses", "TOMLText", .product(name: "TOMLKit", package: "TOMLKit")],
    // A link to the folder of themes.
    resources: [.embedInCode("Themes")]
  ),
  .target(
    name: "Dashboard",
    dependencies: ["Recipe", "Terminal", "Messages", "TOMLText", .product(name: "TOMLKit", package: "TOMLKit")]
  ),
  .executableTarget(
    name: "lorascope",
    dependencies: rooms() + [
      "Terminal", "Dashboard", "Messages", "RunStore", "Analysis", "Engine", "Cluster",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
      .product(name: "Logging", package: "swift-log"),
    ]
  ),
]

// Tests mirror the rooms. Those that read Tests/Fixtures find it from their own source's path.
targets += [
  .testTarget(name: "KernelsTests", dependencies: ["Kernels", "MicrokernelTable"]),
  .testTarget(name: "RecipeTests", dependencies: ["Recipe"]),
  .testTarget(name: "TransformerTests", dependencies: rooms(below: "Text")),
  // Damage to files, and campaigns of rounds of it, for the tests of several rooms.
  .target(name: "Fuzzing", dependencies: ["Recipe", "Text"], path: "Tests/Fuzzing"),
  // Where the fixtures lie, folders that go when a test is over, and what was refused.
  .target(name: "TestFiles", dependencies: ["Recipe", "Text", "CZlib"], path: "Tests/TestFiles"),
  .testTarget(name: "TextTests", dependencies: ["Recipe", "Text", "TestFiles", "CZstd"]),
  .testTarget(name: "HuggingFaceTests", dependencies: rooms(below: "Training") + ["Fuzzing", "TestFiles"]),
  .testTarget(name: "TrainingTests", dependencies: rooms(below: "Builtin") + ["TestFiles"]),
  .testTarget(name: "BuiltinTests", dependencies: rooms()),
  .testTarget(name: "MessagesTests", dependencies: ["Recipe", "Messages"]),
  // What happens to a store from outside, for the tests of several rooms.
  .target(
    name: "TestSupport",
    dependencies: ["Recipe", "Messages", "RunStore", .product(name: "GRDB", package: "GRDB.swift")],
    path: "Tests/TestSupport"),
  .testTarget(
    name: "RunStoreTests",
    dependencies: [
      "Recipe", "Messages", "RunStore", "Fuzzing", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
    ]),
  .testTarget(name: "AnalysisTests", dependencies: ["Recipe", "Messages", "Analysis"]),
  .testTarget(
    name: "EngineTests",
    dependencies: rooms() + [
      "Messages", "RunStore", "Analysis", "Engine", "Fuzzing", "TestFiles", "TestSupport", "TOMLText",
    ]),
  .testTarget(name: "ClusterTests", dependencies: ["Recipe", "Messages", "Cluster"]),
  .testTarget(name: "TerminalTests", dependencies: ["Terminal"]),
  .testTarget(
    name: "DashboardTests", dependencies: ["Recipe", "Terminal", "Messages", "Dashboard", "Fuzzing"],
    exclude: ["Goldens"]),
  // Loaded into the built program by the end-to-end tests: kills and errors at calls that change the disk.
  .target(name: "FaultInjection"),
  // Runs the built program: keys in a real terminal, kills, wrong input.
  .testTarget(
    name: "EndToEndTests", dependencies: ["lorascope", "Recipe", .product(name: "GRDB", package: "GRDB.swift")]),
]

#if arch(x86_64)
  targets += [
    microkernels("MicrokernelsAVX2", define: "AVX2", flags: ["-march=x86-64-v3"]),
    microkernels(
      "MicrokernelsAVX512", define: "AVX512",
      flags: ["-march=x86-64-v4", "-mavx512bf16", "-mamx-tile", "-mamx-bf16", "-mprefer-vector-width=512"]),
  ]
#endif

let package = Package(
  name: "lorascope",
  products: [
    .executable(name: "lorascope", targets: ["lorascope"]),
    .library(name: "FaultInjection", type: .dynamic, targets: ["FaultInjection"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: targets,
  swiftLanguageModes: [.v6]
)
