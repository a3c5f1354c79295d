package chat.samara.server.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of the design (DESIGN §2): what the core may know. */
@AnalyzeClasses(packages = "chat.samara.server.core", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    @ArchTest
    static final ArchRule depends_only_on_what_an_observer_needs = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "org.jspecify..",
                    "org.slf4j..",
                    "com.google.protobuf..",
                    "chat.samara.mls..",
                    "chat.samara.wire..",
                    "chat.samara.server.core..");

    @ArchTest
    static final ArchRule holds_no_secrets_of_a_group = noClasses()
            .should()
            .dependOnClassesThat(resideInAPackage("chat.samara.mls.group")
                    .and(simpleNameStartingWith("Group")
                            .or(simpleNameStartingWith("Commit"))
                            .or(simpleNameStartingWith("Staged"))))
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage("chat.samara.mls.schedule..", "chat.samara.mls.secrettree..");

    @ArchTest
    static final ArchRule has_no_files_network_threads_or_clock = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.net..", "java.nio.file..", "java.nio.channels..", "java.util.concurrent..", "java.time..")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching(
                    "java\\.io\\.File.*|java\\.lang\\.Thread.*|java\\.util\\.Random|java\\.security\\.SecureRandom")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime");
}
