import Builtin
import Foundation
import Testing
import Text

@Suite struct BuiltinBaseTests {
  @Test func loadsAndIsWhatIsPromised() throws {
    let (model, tokenizer) = try BuiltinBase.load()
    #expect(model.configuration.maxPositions >= 32_768)
    #expect(model.configuration.tieWordEmbeddings)
    #expect(model.configuration.vocabularySize == tokenizer.vocabularySize)
    #expect(tokenizer.eosToken != nil)
    for token in ["<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"] {
      #expect(tokenizer.encode(token, addSpecial: false).count == 1)
    }
    let folder = try BuiltinBase.locate()
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.fileSizeKey])
    let bytes = try files.reduce(0) { $0 + (try $1.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0) }
    #expect(bytes <= 16 << 20)
  }

  @Test func tokenizerGivesBackWhatItTook() throws {
    let tokenizer = try Tokenizer(folder: BuiltinBase.locate())
    for text in Corpus().sample(bytes: 20_000, seed: 4) + ["naïve — 42 °C, 漢字\t\n", "  two  spaces "] {
      #expect(tokenizer.decode(tokenizer.encode(text, addSpecial: false), skipSpecial: true) == text)
    }
    // Digits stand alone.
    #expect(tokenizer.encode("1234", addSpecial: false).count == 4)
  }

  @Test func isLookedForBesideTheExecutableThenInTheDataFolder() {
    let places = BuiltinBase.candidates(
      executable: URL(fileURLWithPath: "/opt/bin/lorascope"),
      environment: ["XDG_DATA_HOME": "/data", "HOME": "/home/u"]
    ).map(\.path)
    #expect(places.first == "/opt/bin/lorascope_Builtin.resources/base")
    #expect(places.contains("/data/lorascope/base"))
    #expect(places.last?.hasSuffix("Resources/base") == true)
    let home = BuiltinBase.candidates(executable: nil, environment: ["HOME": "/home/u", "XDG_DATA_HOME": "relative"])
    #expect(home.first?.path == "/home/u/.local/share/lorascope/base")
  }
}
