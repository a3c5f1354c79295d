/**
 * Who a member says it is (RFC 9420 §5.3), and the application's judgement of that. Called by everything that validates a
 * leaf, on the caller's thread.
 */
@NullMarked
package chat.samara.mls.credential;

import org.jspecify.annotations.NullMarked;
