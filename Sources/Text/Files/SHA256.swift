import CCrypto

/// SHA-256 (FIPS 180-4), by OpenSSL: a base of gigabytes is hashed whenever it is loaded.
package final class SHA256 {
  private let context: OpaquePointer

  /// - Throws: `DigestError` where OpenSSL has no memory, or its configuration no SHA-256.
  package init() throws {
    guard let context = EVP_MD_CTX_new() else { throw DigestError() }
    self.context = context
    guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { throw DigestError() }
  }

  deinit { EVP_MD_CTX_free(context) }

  package func update(_ bytes: UnsafeRawBufferPointer) throws {
    guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else { throw DigestError() }
  }

  package func update(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try update($0) } }

  /// The digest in lower-case hexadecimal; nothing more may be put in.
  package func finish() throws -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_DigestFinal_ex(context, &digest, nil) == 1 else { throw DigestError() }
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  package static func hex(_ bytes: [UInt8]) throws -> String {
    let hash = try SHA256()
    try hash.update(bytes)
    return try hash.finish()
  }
}

package struct DigestError: Error, CustomStringConvertible {
  package var description: String {
    "OpenSSL computes no SHA-256: there is no memory left, or its configuration (OPENSSL_CONF) forbids it"
  }
}
