/**
 * What a new member is given (RFC 9420 §12.4.3): the Welcome, the secrets in it, and the GroupInfo, which also serves external
 * joins. Immutable data, apart from the secrets; callable from any thread.
 */
@NullMarked
package chat.samara.mls.welcome;

import org.jspecify.annotations.NullMarked;
