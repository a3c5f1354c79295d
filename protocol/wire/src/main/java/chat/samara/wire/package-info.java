/**
 * What a Samara server and a Samara client must agree on: identities and names, the signed log, frames and their limits.
 * The messages themselves are defined in the {@code .proto} files (generated into {@code chat.samara.wire.proto}); the
 * packages beside this one put types, bounds and signatures around them. This package holds the one way to say no,
 * {@link chat.samara.wire.Refusal}. Everything here is stateless or immutable unless it says otherwise, has no clock, thread,
 * socket or file, and is callable from any thread.
 */
@NullMarked
package chat.samara.wire;

import org.jspecify.annotations.NullMarked;
