/**
 * The only package that imports Bouncy Castle: raw curve operations on byte arrays, nothing of MLS. Called by {@code
 * chat.samara.mls.crypto} alone. Free of state, apart from a bounded table of
 * public keys that were decoded lately; callable from any thread.
 */
@NullMarked
package chat.samara.mls.crypto.bouncycastle;

import org.jspecify.annotations.NullMarked;
