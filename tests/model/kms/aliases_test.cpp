// Aliases (kms.md 1.9): made, moved, used, dropped, and when authorization sees them. Tags too.
#include "tests/model/kms/access_fixture.h"

namespace tablekey::model::tests::aliases_test {
namespace {

using enum events::KmsOperation;

constexpr std::string_view kBooksAlias = "arn:aws:kms:us-west-2:111122223333:alias/books";

Story two_keys(double until = 100) {
  Story story = access_story(until);
  story.keys.push_back({.policy = root_policy()});
  return story;
}

Fill tag(KmsOperation operation, const std::string& name, const std::string& value = "") {
  return call(operation, 0, [=](events::KmsCall::Builder kms) {
    if (operation == UNTAG_RESOURCE) {
      kms.initTagKeys(1).set(0, name);
    } else {
      fill_pairs(kms.initTags(1), {{name, value}});
    }
  });
}

}  // namespace

TEST_CASE("An alias is made, found at each request anew, moved and deleted") {
  Story story = two_keys();
  story.step(10, by_text(ENCRYPT, "alias/books"), kAdmin);
  story.step(11, alias(CREATE_ALIAS, "alias/books", 0), kAdmin);
  story.step(12, alias(CREATE_ALIAS, "alias/books", 1), kAdmin);
  story.step(13, by_text(ENCRYPT, "alias/books"), kAdmin);
  story.step(14, by_text(ENCRYPT, std::string(kBooksAlias)), kAdmin);
  story.step(15, by_text(ENCRYPT, "alias/Books"), kAdmin);  // case matters
  story.step(16, alias(UPDATE_ALIAS, "alias/books", 1), kAdmin);
  story.step(17, by_text(ENCRYPT, "alias/books"), kAdmin);
  story.step(18, alias(DELETE_ALIAS, "alias/books"), kAdmin);
  story.step(19, by_text(ENCRYPT, "alias/books"), kAdmin);
  story.step(20, alias(DELETE_ALIAS, "alias/books"), kAdmin);
  story.step(21, alias(UPDATE_ALIAS, "alias/books", 0), kAdmin);
  story.step(22, alias(CREATE_ALIAS, "alias/books", 1), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"NotFoundException", "none", "AlreadyExistsException",
                                          "none", "none", "NotFoundException", "none", "none",
                                          "none", "NotFoundException", "NotFoundException",
                                          "NotFoundException", "none"});
  CHECK(answer_to(*play, 0).message == fmt::format("Alias {} is not found.", kBooksAlias));
  CHECK(answer_to(*play, 2).message ==
        fmt::format("An alias with the name {} already exists", kBooksAlias));
  const auto used = [&](std::size_t step) { return play->state().results[step].key; };
  CHECK(used(3) == 0);
  CHECK(used(4) == 0);
  CHECK(used(7) == 1);
  CHECK(play->state().aliases.size() == 2);
  CHECK(kms::find_alias(play->state(), play->state().aliases[1].realm, "alias/books") == 1);
}

TEST_CASE("An alias's name has the form that AWS wants") {
  struct Row {
    std::string name, error;
  };
  const std::vector<Row> rows = {{"", "ValidationException"},
                                 {"books", "ValidationException"},
                                 {"alias/", "ValidationException"},
                                 {"alias/a b", "ValidationException"},
                                 {"alias/a:b", "ValidationException"},
                                 {"alias/" + std::string(250, 'a'), "none"},
                                 {"alias/" + std::string(251, 'a'), "ValidationException"},
                                 {"alias/aws/books", "InvalidAliasNameException"},
                                 {"alias/awsbooks", "none"},
                                 {"alias/a/b_c-D9", "none"}};
  Story story = access_story();
  Words expected;
  for (const Row& row : rows) {
    story.step(10 + static_cast<double>(expected.size()), alias(CREATE_ALIAS, row.name, 0), kAdmin);
    expected.push_back(row.error);
  }
  CHECK(answers_of(story, *lawful(story)) == expected);
  story.set("kms.reserved_alias_error", "NotAuthorizedException");
  CHECK(answers_of(story, *lawful(story))[7] == "NotAuthorizedException");
}

TEST_CASE("An alias wants a target by id or ARN that exists, and permission on both") {
  Story story = two_keys();
  // Guest may do everything with key 1, and nothing by identity policies.
  story.keys[1].policy = policy({statement("Allow", user("guest"), R"("kms:*")"),
                                 statement("Allow", root_of(), R"("kms:*")")});
  story.step(10, alias(CREATE_ALIAS, "alias/books", 1), kGuest);
  const std::string on_aliases =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*Alias",)"
      R"("Resource":"arn:aws:kms:us-west-2:111122223333:alias/*"}]})";
  story.step(11, iam_step(IamOperation::PUT_POLICY, kGuest, "aliases", on_aliases), kAdmin);
  story.step(12, alias(CREATE_ALIAS, "alias/books", 1), kGuest);
  story.step(13, alias(CREATE_ALIAS, "alias/other", 0), kGuest);
  story.step(14, alias(UPDATE_ALIAS, "alias/books", 0), kGuest);
  story.step(15,
             call(CREATE_ALIAS, kNone,
                  [](events::KmsCall::Builder kms) {
                    kms.setAliasName("alias/third");
                    kms.initKeyId().setText("alias/books");
                  }),
             kAdmin);
  story.step(16, alias(CREATE_ALIAS, "alias/third"), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"AccessDeniedException", "-", "none",
                                          "AccessDeniedException", "AccessDeniedException",
                                          "NotFoundException", "ValidationException"});
}

TEST_CASE("A key has at most so many aliases, one that moves counts at its new key") {
  Story story = two_keys();
  story.set("kms.aliases_per_key_max", "2");
  story.step(10, alias(CREATE_ALIAS, "alias/a", 0), kAdmin);
  story.step(11, alias(CREATE_ALIAS, "alias/b", 0), kAdmin);
  story.step(12, alias(CREATE_ALIAS, "alias/c", 0), kAdmin);
  story.step(13, alias(CREATE_ALIAS, "alias/c", 1), kAdmin);
  story.step(14, alias(UPDATE_ALIAS, "alias/c", 0), kAdmin);
  story.step(15, alias(UPDATE_ALIAS, "alias/a", 0), kAdmin);  // where it is already
  story.step(16, alias(UPDATE_ALIAS, "alias/a", 1), kAdmin);
  story.step(17, alias(CREATE_ALIAS, "alias/d", 0), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "none", "LimitExceededException", "none",
                                          "LimitExceededException", "none", "none", "none"});
}

TEST_CASE("An alias moves away from a key pending deletion and not to one, and goes with its key") {
  Story story = two_keys(8 * 86'400);
  story.step(10, alias(CREATE_ALIAS, "alias/moves", 0), kAdmin);
  story.step(11, alias(CREATE_ALIAS, "alias/stays", 0), kAdmin);
  story.step(12, kms(SCHEDULE_KEY_DELETION, 0, kNone, "", 7), kAdmin);
  story.step(13, alias(CREATE_ALIAS, "alias/new", 0), kAdmin);
  story.step(14, alias(UPDATE_ALIAS, "alias/moves", 1), kAdmin);
  story.step(15, alias(UPDATE_ALIAS, "alias/moves", 0), kAdmin);
  story.step(16, page(LIST_ALIASES, 0, 0), kAdmin);
  story.step(7.5 * 86'400, page(LIST_ALIASES, kNone, 0), kAdmin);
  story.step(7.6 * 86'400, alias(CREATE_ALIAS, "alias/stays", 1), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "none", "none", "KMSInvalidStateException",
                                          "none", "KMSInvalidStateException", "none", "none",
                                          "none"});
  CHECK(listed(*play, 6).first == 1);
  CHECK(listed(*play, 7).first == 1);
  CHECK(play->state().alias_index.effective_of_key(0).empty());
}

TEST_CASE("An alias moves only between keys of one type and usage") {
  Story story = access_story();
  const auto of = [](events::KeySpec spec, events::KeyUsage usage) {
    KeySpec key{.policy = root_policy()};
    key.more = [=](events::Key::Builder built) {
      built.setSpec(spec);
      built.setUsage(usage);
    };
    return key;
  };
  using events::KeyUsage;
  story.keys.push_back(of(events::KeySpec::HMAC256, KeyUsage::GENERATE_VERIFY_MAC));
  story.keys.push_back(of(events::KeySpec::RSA2048, KeyUsage::ENCRYPT_DECRYPT));
  story.keys.push_back(of(events::KeySpec::RSA4096, KeyUsage::SIGN_VERIFY));
  story.keys.push_back(of(events::KeySpec::ECC_NIST_P256, KeyUsage::SIGN_VERIFY));
  story.step(10, alias(CREATE_ALIAS, "alias/symmetric", 0), kAdmin);
  story.step(11, alias(UPDATE_ALIAS, "alias/symmetric", 1), kAdmin);
  story.step(12, alias(UPDATE_ALIAS, "alias/symmetric", 2), kAdmin);
  story.step(13, alias(CREATE_ALIAS, "alias/signing", 3), kAdmin);
  story.step(14, alias(UPDATE_ALIAS, "alias/signing", 2), kAdmin);
  story.step(15, alias(UPDATE_ALIAS, "alias/signing", 4), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "ValidationException", "ValidationException",
                                          "none", "ValidationException", "none"});
}

TEST_CASE("The same name stands for different keys in different accounts and Regions") {
  Story story = two_keys();
  story.keys[1].region = "eu-west-1";
  const auto in_ireland = [](Fill fill) {
    return [fill](events::Step::Builder step) {
      fill(step);
      step.getKms().setRegion("eu-west-1");
    };
  };
  story.step(10, alias(CREATE_ALIAS, "alias/books", 0), kAdmin);
  story.step(11, in_ireland(alias(CREATE_ALIAS, "alias/books", 1)), kAdmin);
  story.step(12, by_text(ENCRYPT, "alias/books"), kAdmin);
  story.step(13, in_ireland(by_text(ENCRYPT, "alias/books")), kAdmin);
  story.step(14, alias(CREATE_ALIAS, "alias/across", 1), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "none", "none", "none", "NotFoundException"});
  CHECK(play->state().results[2].key == 0);
  CHECK(play->state().results[3].key == 1);
}

TEST_CASE(
    "The scenario's aliases are there from the start, and those of AWS managed keys are kept") {
  Story story = two_keys();
  story.keys[0].more = [](events::Key::Builder key) { key.initAliases(1).set(0, "alias/first"); };
  story.keys[1].manager = Manager::AWS;
  story.keys[1].policy = std::string(iam::kManagedKeyPolicy);
  story.keys[1].more = [](events::Key::Builder key) {
    key.initAliases(1).set(0, "alias/aws/dynamodb");
  };
  story.step(10, page(LIST_ALIASES, kNone, 0), kAdmin);
  story.step(11, page(LIST_ALIASES, kNone, 1), kAdmin);
  story.step(12, page(LIST_ALIASES, kNone, 1, "1"), kAdmin);
  story.step(13, page(LIST_ALIASES, 1, 0), kAdmin);
  story.step(14, page(LIST_ALIASES, kNone, 0), kGuest);
  story.step(15, alias(DELETE_ALIAS, "alias/aws/dynamodb"), kAdmin);
  story.step(16, alias(UPDATE_ALIAS, "alias/first", 1), kAdmin);
  story.step(17, alias(CREATE_ALIAS, "alias/second", 1), kAdmin);
  const auto play = lawful(story);
  CHECK(listed(*play, 0) == std::pair(2U, false));
  CHECK(listed(*play, 1) == std::pair(1U, true));
  CHECK(listed(*play, 2) == std::pair(1U, false));
  CHECK(listed(*play, 3) == std::pair(1U, false));
  for (std::size_t step = 4; step < 8; ++step) {
    INFO(step);
    CHECK(answer_to(*play, step).error == KmsError::ACCESS_DENIED);
  }
}

TEST_CASE("kms:ResourceAliases follows an alias after its own delay, and never out of order") {
  Story story = two_keys();
  story.set("kms.alias_propagation", "constant(20s)");
  story.principals[kGuest].policy = policy({statement(
      "Allow", "", R"("kms:Encrypt")",
      R"(,"Condition":{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/open"}})")});
  story.step(10, alias(CREATE_ALIAS, "alias/open", 0), kAdmin);
  story.step(29, encrypt(0), kGuest);
  story.step(30.001, encrypt(0), kGuest);
  story.step(40, alias(UPDATE_ALIAS, "alias/open", 1), kAdmin);
  story.step(59, encrypt(0), kGuest);
  story.step(59.5, encrypt(1), kGuest);
  story.step(60.001, encrypt(0), kGuest);
  story.step(60.5, encrypt(1), kGuest);
  story.step(70, alias(DELETE_ALIAS, "alias/open"), kAdmin);
  story.step(89, encrypt(1), kGuest);
  story.step(90.001, encrypt(1), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "AccessDeniedException", "none", "none", "none",
                                          "AccessDeniedException", "AccessDeniedException", "none",
                                          "none", "none", "AccessDeniedException"});
}

TEST_CASE("A tag is shown at once and counts in authorization after its delay") {
  Story story = access_story();
  story.set("kms.alias_propagation", "constant(20s)");
  story.principals[kGuest].policy =
      policy({statement("Allow", "", R"("kms:Encrypt")",
                        R"(,"Condition":{"StringEquals":{"aws:ResourceTag/team":"books"}})")});
  story.step(10, tag(TAG_RESOURCE, "team", "books"), kAdmin);
  story.step(29, encrypt(0), kGuest);
  story.step(30.001, encrypt(0), kGuest);
  story.step(40, tag(UNTAG_RESOURCE, "team"), kAdmin);
  story.step(59, encrypt(0), kGuest);
  story.step(60.001, encrypt(0), kGuest);
  Play early(story);
  early.run_to(15);
  CHECK(early.state().keys[0].tags.size() == 1);
  CHECK(early.state().keys[0].effective_tags.empty());
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"none", "AccessDeniedException", "none", "none", "none", "AccessDeniedException"});
}

TEST_CASE("Conformance 21: moving its alias does not move a table to another key") {
  Story story = books();
  story.keys.push_back({});
  story.keys[0].more = [](events::Key::Builder key) { key.initAliases(1).set(0, "alias/books"); };
  story.principals.push_back({"admin", PrincipalKind::USER, ""});
  story.step(20, alias(UPDATE_ALIAS, "alias/books", 1));
  story.step(30, data(Operation::GET_ITEM, 0, 0), 0);
  const auto play = lawful(story);
  CHECK(answer_to(*play, 0).error == KmsError::NONE);
  CHECK(play->state().aliases.at(0).key == 1);
  CHECK(play->state().tables.at(0).key == 0);
  const auto decrypts = play->answers(DECRYPT);
  REQUIRE(decrypts.size() == 1);
  CHECK(decrypts[0]->read().getKmsAnswered().getKey() == 0);
  CHECK(decrypts[0]->read().getKmsAnswered().getError() == KmsError::NONE);
}

TEST_CASE("Thousands of aliases are made, moved and deleted, and fold and snapshots agree") {
  Story story = two_keys(10'000);
  story.set("kms.aliases_per_key_max", "100000");
  story.set("kms.alias_propagation", "uniform(0s, 60s)");
  for (int i = 0; i < 1'000; ++i) {
    const std::string name = "alias/n" + std::to_string(i % 400);
    const auto operation = i < 400 ? CREATE_ALIAS : i % 3 == 0 ? DELETE_ALIAS : UPDATE_ALIAS;
    const std::uint32_t key = operation == DELETE_ALIAS ? kNone : static_cast<std::uint32_t>(i % 2);
    story.step(10 + i, alias(operation, name, key));
  }
  const auto play = lawful(story);
  std::size_t live = 0;
  for (const Alias& one : play->state().aliases) {
    live += one.key != kNone ? 1 : 0;
    CHECK(one.key == one.effective_key);
  }
  const auto& index = play->state().alias_index;
  CHECK(index.of_key(0).size() + index.of_key(1).size() == live);
  CHECK(live > 100);
}

}  // namespace tablekey::model::tests::aliases_test
