import Foundation
import GRDB
import RunStore
import Testing

/// What is no store of ours is told from what is, before anything is written.
@Suite struct StoreIdentityTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-identity-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted() }

  private func refuse(_ url: URL, _ modes: [RunStore.Mode] = [.engine, .reading], saying words: String) {
    for mode in modes {
      let error = #expect(throws: StoreError.self) { _ = try RunStore(at: url, mode: mode) }
      #expect(error?.reason == .unreadable && error?.exitStatus == 65)
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
      #expect(error?.description.contains("not a lorascope store") == true)
    }
  }

  @Test(arguments: [
    ["CREATE TABLE contacts(n)"], ["CREATE TABLE runs(n)"], ["PRAGMA application_id = 7"],
    ["CREATE TABLE runs(n)", "CREATE TABLE grdb_migrations(identifier)", "INSERT INTO grdb_migrations VALUES ('v1')"],
    ["PRAGMA journal_mode = WAL", "CREATE TABLE contacts(n)"],
  ]) func anotherProgramsDatabaseIsNotTouched(statements: [String]) throws {
    let url = folder.appending(path: "contacts.db")
    let queue = try DatabaseQueue(path: url.path)
    for statement in statements { try queue.inDatabase { try $0.execute(sql: statement) } }
    try queue.close()
    let (before, bytes) = (names, try Data(contentsOf: url))
    refuse(url, saying: "another program's")
    #expect(try Data(contentsOf: url) == bytes)
    #expect(names == before)
  }

  @Test func whatIsNoFile() throws {
    let pipe = folder.appending(path: "pipe")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    refuse(pipe, saying: "a pipe")
    refuse(folder, saying: "a folder")
    refuse(URL(filePath: "/dev/null"), saying: "a device")
    let text = folder.appending(path: "text")
    try Data("hello\n".utf8).write(to: text)
    refuse(text, saying: "no SQLite database")
    let empty = folder.appending(path: "empty.sqlite")
    try Data().write(to: empty)
    refuse(empty, [.reading], saying: "empty")
    // A person may have made the file for it.
    try RunStore(at: empty, mode: .engine).close()
    let queue = try DatabaseQueue(path: empty.path)
    #expect(try queue.read { try Int64.fetchOne($0, sql: "PRAGMA application_id") } == 0x4C6F_5363)
    try queue.close()
    _ = try RunStore(at: empty, mode: .reading)
  }

  @Test func halfASchemaIsNamed() throws {
    let url = folder.appending(path: "s.sqlite")
    try RunStore(at: url, mode: .engine).close()
    let queue = try DatabaseQueue(path: url.path)
    try queue.write { try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '2%'") }
    try queue.close()
    let error = #expect(throws: StoreError.self) { _ = try RunStore(at: url, mode: .engine) }
    #expect(error?.exitStatus == 65, "\(error?.description ?? "")")
  }

  @Test func aLockFollowsNoLinkAndEmptiesNothing() throws {
    let notes = folder.appending(path: "notes.txt")
    try Data("precious\n".utf8).write(to: notes)
    let url = folder.appending(path: "s.sqlite")
    let lock = folder.appending(path: "s.sqlite.lock")
    func refused() throws {
      let error = #expect(throws: StoreError.self) { _ = try RunStore(at: url, mode: .engine) }
      #expect(error?.exitStatus == 73)
      #expect(try Data(contentsOf: notes) == Data("precious\n".utf8))
      try FileManager.default.removeItem(at: lock)
    }
    try FileManager.default.createSymbolicLink(at: lock, withDestinationURL: notes)
    try refused()
    try FileManager.default.linkItem(at: notes, to: lock)
    try refused()
    try FileManager.default.copyItem(at: notes, to: lock)
    try refused()
    #expect(mkfifo(lock.path, 0o600) == 0)
    try refused()
    try Data("4194000\n".utf8).write(to: lock)
    try RunStore(at: url, mode: .engine).close()
  }

  @Test func aLinkIsTheSameStore() throws {
    let url = folder.appending(path: "s.sqlite")
    let link = folder.appending(path: "link.sqlite")
    let store = try RunStore(at: url, mode: .engine)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: url)
    let error = #expect(throws: StoreError.self) { _ = try RunStore(at: link, mode: .engine) }
    #expect(error?.reason == .engineRunning)
    try store.close()
  }
}
