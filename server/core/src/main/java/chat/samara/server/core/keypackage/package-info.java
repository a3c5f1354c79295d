/**
 * The directory of KeyPackages (RFC 9420 §10): devices publish them here, and whoever wants to add a member claims one of each of
 * the member's devices, here or through a peer. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.keypackage;

import org.jspecify.annotations.NullMarked;
