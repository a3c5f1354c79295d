/**
 * Who is who: names of servers and members, ids of devices, and what each signs about itself. Types that end in {@code In}
 * came from outside and are not verified; only their {@code verify} makes the trusted type. Values are immutable; callable from
 * any thread.
 */
@NullMarked
package chat.samara.wire.identity;

import org.jspecify.annotations.NullMarked;
