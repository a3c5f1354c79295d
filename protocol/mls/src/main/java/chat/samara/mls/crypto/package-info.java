/**
 * The cryptographic objects of RFC 9420 §5: cipher suites and the labelled functions over them, HPKE (RFC 9180), signatures,
 * and the erasable types that secrets live in. Public-key cryptography comes from {@code .bouncycastle}, Curve25519 from {@code .conscrypt}
 * where that works ({@link chat.samara.mls.crypto.Primitives}), everything else from the JDK. Free of state, apart from that choice and from secrets that
 * their owner erases; randomness is handed in.
 */
@NullMarked
package chat.samara.mls.crypto;

import org.jspecify.annotations.NullMarked;
