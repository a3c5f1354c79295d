/**
 * {@code ./samara demo}: two real servers, three real members, a killed server, a removed member, and a list of checks.
 *
 * <p>{@link chat.samara.systemtests.demo.DemoMain} is the program, {@link chat.samara.systemtests.demo.Demo} the story it plays.
 * The story runs on one thread; proxies and readers of child processes have threads of their own.
 */
@NullMarked
package chat.samara.systemtests.demo;

import org.jspecify.annotations.NullMarked;
