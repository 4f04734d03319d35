import Foundation
import Testing
import Text

@Suite struct PersonFoldersTests {
  static let cases: [(environment: [String: String], home: String, data: String, configuration: String)] = [
    (["HOME": "/h"], "/h", "/h/.local/share", "/h/.config"), (["HOME": "/h/"], "/h", "/h/.local/share", "/h/.config"),
    (["HOME": ""], "/account", "/account/.local/share", "/account/.config"),
    (["HOME": "relative"], "/account", "/account/.local/share", "/account/.config"),
    ([:], "/account", "/account/.local/share", "/account/.config"),
    (["HOME": "/"], "/", "/.local/share", "/.config"),
    (["HOME": "/h", "XDG_DATA_HOME": "/d", "XDG_CONFIG_HOME": "/c/"], "/h", "/d", "/c"),
    (["HOME": "/h", "XDG_DATA_HOME": "d", "XDG_CONFIG_HOME": ""], "/h", "/h/.local/share", "/h/.config"),
  ]

  @Test(arguments: cases) func theEnvironmentDecides(
    environment: [String: String], home: String, data: String, configuration: String
  ) {
    let folders = PersonFolders(environment: environment, account: "/account")
    #expect(folders.home == home)
    #expect(folders.data == data)
    #expect(folders.configuration == configuration)
  }

  @Test func stateAndCache() {
    let folders = PersonFolders(environment: ["HOME": "/h", "XDG_CACHE_HOME": "/x"], account: nil)
    #expect(folders.cache == "/x")
    #expect(folders.state == "/h/.local/state")
  }

  @Test func tildes() {
    let folders = PersonFolders(environment: ["HOME": "/h"], account: nil)
    #expect(folders.expandingTilde("~") == "/h")
    #expect(folders.expandingTilde("~/a") == "/h/a")
    #expect(folders.expandingTilde("a~") == "a~")
    #expect(folders.expandingTilde("/~") == "/~")
    #expect(folders.expandingTilde("~root") == "/root")
  }
}
