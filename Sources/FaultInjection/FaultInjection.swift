import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A library for tests that stands between the program and the system (`LD_PRELOAD`): it counts the calls that change what is on a
/// disk, and at one of them it ends the process, or lets the call fail. SQLite's and Foundation's calls are among them.
///
/// - `LORASCOPE_FAULT_AT`: at which call, from 1 on.
/// - `LORASCOPE_FAULT_ERROR`: the error's number; without it the process is killed before the call.
/// - `LORASCOPE_FAULT_CALLS`: names with commas between them; without it `rename`, `fsync` and `unlink` with their relatives.
/// - `LORASCOPE_FAULT_COUNT`: a file that the names of all calls are appended to, a line each.
enum FaultInjection {
  private static let counted = Atomic<Int>(0)
  private static let at = number("LORASCOPE_FAULT_AT") ?? 0
  private static let error = number("LORASCOPE_FAULT_ERROR")
  private static let names = text("LORASCOPE_FAULT_CALLS") ?? "rename,fsync,unlink"
  private static let list = text("LORASCOPE_FAULT_COUNT")

  private static func text(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
  private static func number(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

  /// The error that the call is to fail with; nil lets it through.
  static func fault(_ name: StaticString) -> Int32? {
    guard names.split(separator: ",").contains(where: { $0 == "\(name)" }) else { return nil }
    let number = counted.add(1, ordering: .sequentiallyConsistent).newValue
    if let list {
      let descriptor = creat(list)
      if descriptor >= 0 {
        let line = "\(name)\n"
        _ = line.withCString { write(descriptor, $0, strlen($0)) }
        close(descriptor)
      }
    }
    guard number == at else { return nil }
    guard let error else {
      kill(getpid(), SIGKILL)
      while true { pause() }
    }
    return Int32(error)
  }

  private static func creat(_ path: UnsafePointer<CChar>) -> Int32 {
    typealias Open = @convention(c) (UnsafePointer<CChar>, Int32, mode_t) -> Int32
    guard let symbol = next("open") else { return -1 }
    return unsafeBitCast(symbol, to: Open.self)(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
  }

  /// The system's own function of that name.
  static func next(_ name: StaticString) -> UnsafeMutableRawPointer? {
    let nextLibrary = UnsafeMutableRawPointer(bitPattern: -1)
    return name.withUTF8Buffer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in characters.baseAddress.flatMap { dlsym(nextLibrary, $0) }
      }
    }
  }

  static func failing(_ code: Int32) -> Int32 {
    errno = code
    return -1
  }
}

private typealias OnePath = @convention(c) (UnsafePointer<CChar>) -> Int32
private typealias TwoPaths = @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Int32
private typealias Descriptor = @convention(c) (Int32) -> Int32
private typealias PathAt = @convention(c) (Int32, UnsafePointer<CChar>, Int32) -> Int32
private typealias PathAndMode = @convention(c) (UnsafePointer<CChar>, mode_t) -> Int32
private typealias PathsAt =
  @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
private typealias OpenPath = @convention(c) (UnsafePointer<CChar>, Int32, mode_t) -> Int32

private func call<Function>(_ name: StaticString, as type: Function.Type) -> Function? {
  FaultInjection.next(name).map { unsafeBitCast($0, to: type) }
}

@_cdecl("rename")
public func faultRename(_ from: UnsafePointer<CChar>, _ to: UnsafePointer<CChar>) -> Int32 {
  if let code = FaultInjection.fault("rename") { return FaultInjection.failing(code) }
  return call("rename", as: TwoPaths.self)?(from, to) ?? FaultInjection.failing(ENOSYS)
}

@_cdecl("renameat2")
public func faultRenameAt2(
  _ one: Int32, _ from: UnsafePointer<CChar>, _ other: Int32, _ to: UnsafePointer<CChar>, _ flags: UInt32
) -> Int32 {
  if let code = FaultInjection.fault("rename") { return FaultInjection.failing(code) }
  return call("renameat2", as: PathsAt.self)?(one, from, other, to, flags) ?? FaultInjection.failing(ENOSYS)
}

@_cdecl("fsync")
public func faultFsync(_ descriptor: Int32) -> Int32 {
  if let code = FaultInjection.fault("fsync") { return FaultInjection.failing(code) }
  return call("fsync", as: Descriptor.self)?(descriptor) ?? FaultInjection.failing(ENOSYS)
}

@_cdecl("fdatasync")
public func faultFdatasync(_ descriptor: Int32) -> Int32 {
  if let code = FaultInjection.fault("fsync") { return FaultInjection.failing(code) }
  return call("fdatasync", as: Descriptor.self)?(descriptor) ?? FaultInjection.failing(ENOSYS)
}

@_cdecl("unlink")
public func faultUnlink(_ path: UnsafePointer<CChar>) -> Int32 {
  if let code = FaultInjection.fault("unlink") { return FaultInjection.failing(code) }
  return call("unlink", as: OnePath.self)?(path) ?? FaultInjection.failing(ENOSYS)
}

@_cdecl("unlinkat")
public func faultUnlinkAt(_ folder: Int32, _ path: UnsafePointer<CChar>, _ flags: Int32) -> Int32 {
  if let code = FaultInjection.fault("unlink") { return FaultInjection.failing(code) }
  return call("unlinkat", as: PathAt.self)?(folder, path, flags) ?? FaultInjection.failing(ENOSYS)
}

@_cdecl("rmdir")
public func faultRmdir(_ path: UnsafePointer<CChar>) -> Int32 {
  if let code = FaultInjection.fault("unlink") { return FaultInjection.failing(code) }
  return call("rmdir", as: OnePath.self)?(path) ?? FaultInjection.failing(ENOSYS)
}

@_cdecl("remove")
public func faultRemove(_ path: UnsafePointer<CChar>) -> Int32 {
  if let code = FaultInjection.fault("unlink") { return FaultInjection.failing(code) }
  return call("remove", as: OnePath.self)?(path) ?? FaultInjection.failing(ENOSYS)
}

@_cdecl("mkdir")
public func faultMkdir(_ path: UnsafePointer<CChar>, _ mode: mode_t) -> Int32 {
  if let code = FaultInjection.fault("mkdir") { return FaultInjection.failing(code) }
  return call("mkdir", as: PathAndMode.self)?(path, mode) ?? FaultInjection.failing(ENOSYS)
}

@_cdecl("link")
public func faultLink(_ from: UnsafePointer<CChar>, _ to: UnsafePointer<CChar>) -> Int32 {
  if let code = FaultInjection.fault("link") { return FaultInjection.failing(code) }
  return call("link", as: TwoPaths.self)?(from, to) ?? FaultInjection.failing(ENOSYS)
}

/// The third argument is there or not, as the flags say: it is passed on as it came.
@_cdecl("open")
public func faultOpen(_ path: UnsafePointer<CChar>, _ flags: Int32, _ mode: mode_t) -> Int32 {
  if flags & (O_WRONLY | O_RDWR) != 0, let code = FaultInjection.fault("open") { return FaultInjection.failing(code) }
  return call("open", as: OpenPath.self)?(path, flags, mode) ?? FaultInjection.failing(ENOSYS)
}

@_cdecl("open64")
public func faultOpen64(_ path: UnsafePointer<CChar>, _ flags: Int32, _ mode: mode_t) -> Int32 {
  if flags & (O_WRONLY | O_RDWR) != 0, let code = FaultInjection.fault("open") { return FaultInjection.failing(code) }
  return call("open64", as: OpenPath.self)?(path, flags, mode) ?? FaultInjection.failing(ENOSYS)
}
