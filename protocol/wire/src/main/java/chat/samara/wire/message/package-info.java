/**
 * What stands in an application message's authenticated data, and the franking tag that commits to its content. Called by the SDK
 * only: servers look at none of it.
 */
@NullMarked
package chat.samara.wire.message;

import org.jspecify.annotations.NullMarked;
