/**
 * A channel's policy as the group holds it: its form, and how differences change it. What it means, and who may change what, is judged
 * nowhere yet: no channel may have one (docs/decisions/0023-data-of-components.md). Free of state; callable from any thread.
 */
@NullMarked
package chat.samara.wire.policy;

import org.jspecify.annotations.NullMarked;
