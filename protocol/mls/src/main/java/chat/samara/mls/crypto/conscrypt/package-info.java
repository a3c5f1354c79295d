/**
 * Curve25519 by BoringSSL, which Conscrypt brings into the process: the only package that knows Conscrypt. Called by {@code chat.samara.mls.crypto}
 * alone. Free of state, apart from room for one key a thread; callable from any thread.
 */
@NullMarked
package chat.samara.mls.crypto.conscrypt;

import org.jspecify.annotations.NullMarked;
